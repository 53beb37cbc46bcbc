//! Yes or no for each of many.

/// A bit each.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Whether something is so, of each of these.
    pub fn of<T>(all: &[T], is_so: impl Fn(&T) -> bool) -> Self {
        let word = |some: &[T]| some.iter().rev().fold(0, |word, one| word << 1 | u64::from(is_so(one)));
        Self(all.chunks(64).map(word).collect())
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
            let all: Vec<usize> = (0..300).collect();
            let bits = Bits::of(&all, |place| places.contains(place));
            prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), places);
        }
    }
}
