//! Which users were met, by their places in the picture.

use super::picture::User;

/// A set of users: a list as long as they are few, since there may be thousands of clusters.
#[derive(Debug)]
pub(crate) enum Met {
    /// In the order in which they came, some more than once.
    Few(Vec<u32>),
    /// A bit each.
    Many(Vec<u64>),
}

impl Default for Met {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Met {
    /// Notes one of `all` users.
    pub fn note(&mut self, user: User, all: usize) {
        let place = user.place() as u32;
        match self {
            // The list takes as much room as the bits would.
            Self::Few(list) if list.len() >= 64 + all / 32 => {
                let mut bits = vec![0; all / 64 + 1];
                list.iter().for_each(|place| set(&mut bits, *place));
                set(&mut bits, place);
                *self = Self::Many(bits);
            }
            Self::Few(list) => {
                if list.last() != Some(&place) {
                    list.push(place);
                }
            }
            Self::Many(bits) => set(bits, place),
        }
    }

    /// How many different ones there are.
    pub fn count(self) -> u64 {
        match self {
            Self::Few(mut list) => {
                list.sort_unstable();
                list.dedup();
                list.len() as u64
            }
            Self::Many(bits) => bits.into_iter().map(|word| u64::from(word.count_ones())).sum(),
        }
    }
}

fn set(bits: &mut [u64], place: u32) {
    bits[place as usize / 64] |= 1 << (place % 64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn each_counts_once(users in prop::collection::vec(0usize..300, 0..600)) {
            let mut met = Met::default();
            users.iter().for_each(|place| met.note(User::at(*place), 300));
            prop_assert_eq!(met.count(), users.into_iter().collect::<HashSet<_>>().len() as u64);
        }
    }
}
