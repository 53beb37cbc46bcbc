//! Whether a person or a program keeps the pace of a user's tries.

use crate::Micros;

/// With fewer gaps than this the pace is unknown.
const GAPS: usize = 4;
/// People differ from gap to gap by more than this part of the mean.
const EVEN: f64 = 0.2;

/// So many tries of one user on one code within [`AT_ONCE`] are sent by a program, and side by side.
const PARALLEL: usize = 6;
const AT_ONCE: Micros = 1_000_000;

/// Whether a user sent a code many times at once. `times` in order.
pub fn in_parallel(times: &[Micros]) -> bool {
    times.windows(PARALLEL).any(|w| w[PARALLEL - 1].saturating_sub(w[0]) < AT_ONCE)
}

/// Whether the tries of one user on one code keep an even pace: a program's.
pub fn is_even(times: &[Micros]) -> bool {
    if times.len() < GAPS + 1 {
        return false;
    }
    let mut gaps: Vec<f64> = times.windows(2).map(|w| w[1].saturating_sub(w[0]) as f64).collect();
    gaps.sort_by(f64::total_cmp);
    // The longest gap in eight may be a pause between two runs.
    gaps.truncate(gaps.len() - gaps.len() / 8);
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    mean > 0.0 && variance.sqrt() < EVEN * mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_tries_within_a_second_are_sent_side_by_side() {
        assert!(in_parallel(&[0, 5_000_000, 5_000_001, 5_000_001, 5_200_000, 5_300_000, 5_999_999]));
        assert!(!in_parallel(&[0, 100_000, 200_000, 300_000, 400_000]), "five may be a retry");
        assert!(!in_parallel(&[0, 200_000, 400_000, 600_000, 800_000, 1_000_000]));
    }

    #[test]
    fn a_program_is_even_and_a_person_is_not() {
        let program: Vec<i64> = (0..9).map(|i| i * 2_000_000 + (i % 3) * 40_000).collect();
        assert!(is_even(&program));
        assert!(!is_even(&[0, 3_000_000, 4_000_000, 19_000_000, 24_000_000, 61_000_000]));
        assert!(!is_even(&program[..4]), "four tries tell nothing");
        assert!(!is_even(&[5, 5, 5, 5, 5, 5]), "tries of one moment have no pace");
    }
}
