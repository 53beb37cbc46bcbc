//! The times of a report's charts: bars of a round length, on round times of the clock.

use crate::{Micros, Span};

/// Lengths of a bar, in minutes.
const LENGTHS: [i64; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440];
/// More bars than these cannot be told apart on a phone.
const MOST: i64 = 60;

/// A row of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Start of the first, on a round time.
    pub from: Micros,
    /// The length of each.
    pub length: Span,
    /// How many.
    pub count: i64,
}

impl Buckets {
    /// Bars that cover the time from `from` to `until`: the shortest round length that gives no more than can be told apart.
    pub fn covering(from: Micros, until: Micros) -> Self {
        let of = |minutes: i64| {
            let length = Span::from_minutes(minutes);
            let start = from.div_euclid(length.micros()).saturating_mul(length.micros());
            let count = until.saturating_sub(start) / length.micros() + 1;
            Self { from: start, length, count: count.clamp(1, 10_000) }
        };
        LENGTHS
            .into_iter()
            .map(of)
            .find(|buckets| buckets.count <= MOST)
            .unwrap_or_else(|| of(LENGTHS[LENGTHS.len() - 1]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bars_are_of_round_length() {
        let minutes = |n: i64| n * 60_000_000;
        for (from, until, length, count) in [(0, 30, 1, 31), (7, 127, 5, 25), (3, 60 * 24, 30, 49)] {
            let buckets = Buckets::covering(minutes(from), minutes(until));
            assert_eq!(
                (buckets.length, buckets.count),
                (Span::from_minutes(length), count),
                "{from} to {until}"
            );
        }
    }

    proptest! {
        #[test]
        fn they_cover_what_they_should(from in -1_000_000_000_000_000i64..1_000_000_000_000_000, length in 0i64..4_000_000_000_000) {
            let until = from + length;
            let buckets = Buckets::covering(from, until);
            prop_assert!(buckets.from <= from && from - buckets.from < buckets.length.micros());
            let end = buckets.from + buckets.count * buckets.length.micros();
            prop_assert!(until < end && end - until <= buckets.length.micros());
            prop_assert!(buckets.count <= MOST);
        }
        #[test]
        fn nothing_panics(from in any::<i64>(), until in any::<i64>()) {
            let _ = Buckets::covering(from, until);
        }
    }
}
