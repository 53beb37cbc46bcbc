//! What is normal: the middle of earlier days, which one bad day among them does not move.

/// The median; `None` of nothing.
pub fn median(counts: &mut [i64]) -> Option<f64> {
    counts.sort_unstable();
    let middle = counts.len() / 2;
    let upper = *counts.get(middle)?;
    if counts.len() % 2 == 1 {
        return Some(upper as f64);
    }
    counts.get(middle.checked_sub(1)?).map(|lower| (*lower as f64 + upper as f64) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [7]), Some(7.0));
        assert_eq!(median(&mut [9, 1]), Some(5.0));
        assert_eq!(median(&mut [5, 1_000_000, 3]), Some(5.0));
    }
}
