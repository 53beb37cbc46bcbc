//! The only source of chance: a pinned generator of raw words, and our own arithmetic on top of it.
//!
//! No library distribution and no transcendental function is used, so that a seed means the same data on every
//! machine and with every later version of the libraries.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::RngCore;

/// One second in microseconds.
pub(crate) const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// One hour in microseconds.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// One day in microseconds.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A stream of chance, fixed by a seed and a stream number.
#[derive(Debug, Clone)]
pub(crate) struct Rng(Pcg64Mcg);

/// One step of splitmix64: spreads small seeds over all 64 bits.
pub(crate) fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// The stream `stream` of `seed`; streams of one seed are unrelated.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let low = mix(seed ^ mix(stream));
        let high = mix(low ^ seed.rotate_left(32));
        Self(Pcg64Mcg::new((u128::from(high) << 64) | u128::from(low)))
    }

    /// 64 random bits.
    pub(crate) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A whole number in `0..n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.word()) * n as u128) >> 64) as usize
    }

    /// A whole number in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1) as u64;
        low + ((u128::from(self.word()) * u128::from(span)) >> 64) as i64
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A duration in `low..=high`, short ones likelier: the shape of human delays.
    pub(crate) fn delay(&mut self, low: i64, high: i64) -> i64 {
        let u = self.unit();
        low + ((high - low) as f64 * u * u) as i64
    }

    /// A count around `mean` that spreads like arrivals do: a binomial for few, a normal shape for many.
    pub(crate) fn count(&mut self, mean: f64) -> usize {
        if mean <= 0.0 {
            0
        } else if mean < 12.0 {
            (0..60).filter(|_| self.chance(mean / 60.0)).count()
        } else {
            let bell: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
            (mean + mean.sqrt() * bell).round().max(0.0) as usize
        }
    }

    /// One element of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A random (version 4) uuid.
    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        let bits = (u128::from(self.word()) << 64) | u128::from(self.word());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}
