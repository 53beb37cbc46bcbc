//! Users by small numbers, in the order in which they come up.

/// A table from the application's ids to numbers from 0 on: half the size of a general map, so that it stays in cache.
#[derive(Debug, Default)]
pub(super) struct Users {
    ids: Vec<i64>,
    /// Numbers, open addressing; `FREE` where there is none. A power of two, at most half full.
    table: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Users {
    /// The number of a user, a new one where it is new.
    pub fn intern(&mut self, user: i64) -> u32 {
        if (self.ids.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let place = self.place(user);
        if self.table[place] == FREE {
            self.table[place] = self.ids.len() as u32;
            self.ids.push(user);
        }
        self.table[place]
    }

    /// The number of a user who came up.
    pub fn find(&self, user: i64) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        Some(self.table[self.place(user)]).filter(|number| *number != FREE)
    }

    fn place(&self, user: i64) -> usize {
        let mask = self.table.len() - 1;
        let shift = 64 - self.table.len().trailing_zeros();
        // Mixed twice (splitmix64's finish): ids that are evenly spaced, or scattered by a multiplication of the
        // application's own, would pile up after a single one.
        let mut mixed = user as u64;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mut place = ((mixed ^ (mixed >> 31)) >> shift) as usize & mask;
        while self.table[place] != FREE && self.ids[self.table[place] as usize] != user {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.table = vec![FREE; (self.table.len() * 2).max(1 << 10)];
        for number in 0..self.ids.len() {
            let place = self.place(self.ids[number]);
            self.table[place] = number as u32;
        }
    }
}

/// Which users were met already.
#[derive(Debug, Default)]
pub(super) struct Met {
    bits: Vec<u64>,
    count: u64,
}

impl Met {
    /// Notes a user by number.
    pub fn note(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        self.count += u64::from(self.bits[word] & bit == 0);
        self.bits[word] |= bit;
    }

    /// How many different ones were.
    pub fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn users_are_numbered_as_they_come(ids in prop::collection::vec(prop_oneof![-5i64..5, any::<i64>()], 0..3_000)) {
            let (mut users, mut met) = (Users::default(), Met::default());
            let mut seen: Vec<i64> = Vec::new();
            for id in &ids {
                let number = users.intern(*id);
                met.note(number);
                if number as usize == seen.len() {
                    seen.push(*id);
                }
                prop_assert_eq!(seen[number as usize], *id);
                prop_assert_eq!(users.find(*id), Some(number));
            }
            prop_assert_eq!(users.ids.len(), seen.len());
            prop_assert_eq!(met.count(), seen.len() as u64);
            prop_assert_eq!(users.find(7_777).is_some(), ids.contains(&7_777));
        }
    }
}
