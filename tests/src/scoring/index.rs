//! How well one division of things agrees with another.

use std::collections::HashMap;
use std::hash::Hash;

/// The adjusted Rand index (Hubert and Arabie 1985): 1 where both divisions are the same, around 0 where they agree as two
/// that know nothing of each other would. `None` for fewer than two things.
pub fn adjusted_rand<A: Hash + Eq, B: Hash + Eq>(things: impl IntoIterator<Item = (A, B)>) -> Option<f64> {
    let (mut cells, mut rows, mut columns) = (HashMap::new(), HashMap::new(), HashMap::new());
    let (mut a_numbers, mut b_numbers) = (HashMap::new(), HashMap::new());
    let mut all = 0u64;
    for (a, b) in things {
        let next = a_numbers.len();
        let a = *a_numbers.entry(a).or_insert(next);
        let next = b_numbers.len();
        let b = *b_numbers.entry(b).or_insert(next);
        *cells.entry((a, b)).or_insert(0u64) += 1;
        *rows.entry(a).or_insert(0u64) += 1;
        *columns.entry(b).or_insert(0u64) += 1;
        all += 1;
    }
    if all < 2 {
        return None;
    }
    let pairs = |n: u64| (n * (n - 1) / 2) as f64;
    let together: f64 = cells.values().map(|n| pairs(*n)).sum();
    let (a, b): (f64, f64) =
        (rows.values().map(|n| pairs(*n)).sum(), columns.values().map(|n| pairs(*n)).sum());
    let expected = a * b / pairs(all);
    let most = (a + b) / 2.0;
    Some(if most == expected { 1.0 } else { (together - expected) / (most - expected) })
}

#[cfg(test)]
mod tests {
    use super::adjusted_rand;

    #[test]
    fn figures_from_the_literature() {
        let index = |a: &[u8], b: &[u8]| adjusted_rand(a.iter().zip(b)).unwrap();
        assert!((index(&[0, 0, 1, 1], &[5, 5, 3, 3]) - 1.0).abs() < 1e-12);
        assert!((index(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 4.0 / 7.0).abs() < 1e-12);
        assert!((index(&[0, 0, 0, 0], &[0, 1, 2, 3]) - 0.0).abs() < 1e-12);
        assert!((index(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
        assert_eq!(adjusted_rand([(1, 1)]), None);
    }
}
