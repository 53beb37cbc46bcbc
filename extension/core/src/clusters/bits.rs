//! Yes or no for each of many.

/// A bit each, none of them set at first.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// For so many.
    pub fn of(many: usize) -> Self {
        Self(vec![0; many.div_ceil(64)])
    }

    /// Sets one, or leaves it as it is.
    pub fn put(&mut self, place: usize, set: bool) {
        self.0[place / 64] |= u64::from(set) << (place % 64);
    }

    /// Those that are set, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |word: u64| std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
        self.0.iter().enumerate().flat_map(move |(at, word)| {
            bits(*word)
                .take_while(|word| *word != 0)
                .map(move |word| 64 * at + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_of_places(places in prop::collection::btree_set(0usize..300, 0..80)) {
            let mut bits = Bits::of(300);
            (0..300).for_each(|place| bits.put(place, places.contains(&place)));
            prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), places);
        }
    }
}
