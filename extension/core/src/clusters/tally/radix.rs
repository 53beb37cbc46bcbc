//! Sorting by a number of few bits, digit by digit from the lowest.

use super::begins;
use crate::clusters::PULSE;

/// Bits by which things are dealt out at once: so many ends fit the nearest cache.
const DIGIT: u32 = 10;
/// Fewer are sorted sooner by comparing them.
pub(super) const FEW: usize = 512;

/// What is needed beside the things themselves; kept from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Radix<T> {
    spare: Vec<T>,
    next: Vec<u32>,
}

impl<T: Copy + Default> Radix<T> {
    /// Puts things in order of a number of so many bits; those with the same one stay as they came.
    pub fn sort(&mut self, things: &mut [T], bits: u32, number: impl Fn(&T) -> u64, mut pulse: impl FnMut()) {
        self.spare.clear();
        self.spare.resize(things.len(), T::default());
        let passes = bits.div_ceil(DIGIT).max(1);
        let digit = bits.div_ceil(passes);
        let (mut from, mut to) = (things, self.spare.as_mut_slice());
        for pass in 0..passes {
            let digit_of = |thing: &T| (number(thing) >> (pass * digit)) as usize & ((1 << digit) - 1);
            self.next.clear();
            self.next.resize(1 << digit, 0);
            for things in from.chunks(PULSE) {
                pulse();
                things.iter().for_each(|thing| self.next[digit_of(thing)] += 1);
            }
            begins(&mut self.next);
            for things in from.chunks(PULSE) {
                pulse();
                for thing in things {
                    let next = &mut self.next[digit_of(thing)];
                    to[*next as usize] = *thing;
                    *next += 1;
                }
            }
            (from, to) = (to, from);
        }
        if passes % 2 == 1 {
            to.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn things_are_in_order_and_else_as_they_came(
            bits in 0u32..=64, numbers in prop::collection::vec(any::<u64>(), 0..2_000), few in any::<bool>()
        ) {
            let number = |thing: &(u64, usize)| if bits == 64 { thing.0 } else { thing.0 & ((1 << bits) - 1) };
            let mut things: Vec<(u64, usize)> = numbers.iter().map(|n| if few { n % 7 } else { *n }).zip(0..).collect();
            let mut expected = things.clone();
            expected.sort_by_key(number);
            Radix::default().sort(&mut things, bits, number, || ());
            prop_assert_eq!(things, expected);
        }
    }
}
