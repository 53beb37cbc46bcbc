//! Which times a statement over attempts reads. Attempts may lie in hundreds of daily partitions: PostgreSQL locks and plans for every
//! one that a constant condition on the time does not exclude, and a time that arrives by a join excludes none.

use crate::Micros;

/// So many ranges of time are named in a statement at most. Each costs a comparison a row.
pub const MOST: usize = 32;

/// The times that spans cover, as ranges that are apart, in order.
pub fn merged(spans: impl IntoIterator<Item = (Micros, Micros)>) -> Vec<(Micros, Micros)> {
    let mut spans: Vec<(Micros, Micros)> = spans.into_iter().filter(|(from, until)| from <= until).collect();
    spans.sort_unstable();
    let mut apart: Vec<(Micros, Micros)> = Vec::new();
    for (from, until) in spans {
        match apart.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(until),
            _ => apart.push((from, until)),
        }
    }
    apart
}

/// The same, no more than [`MOST`]: of more the closest are joined.
pub fn ranges(spans: impl IntoIterator<Item = (Micros, Micros)>) -> Vec<(Micros, Micros)> {
    let mut apart = merged(spans);
    if apart.len() > MOST {
        let gap = |n: usize| apart[n].0.saturating_sub(apart[n - 1].1);
        let mut by_gap: Vec<usize> = (1..apart.len()).collect();
        by_gap.sort_by_key(|n| std::cmp::Reverse(gap(*n)));
        let mut starts: Vec<usize> = by_gap.into_iter().take(MOST - 1).chain([0]).collect();
        starts.sort_unstable();
        let ends = starts.iter().skip(1).copied().chain([apart.len()]);
        apart = starts.iter().zip(ends).map(|(start, end)| (apart[*start].0, apart[end - 1].1)).collect();
    }
    apart
}

/// The statement with `:within(row)` replaced by the condition that the row's attempt lies in one of `n` ranges. Their bounds are the
/// parameters from `first` on, two a range.
pub fn with_ranges(sql: &str, first: usize, n: usize) -> String {
    let mut parts = sql.split(":within(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (row, rest) = part.split_once(')').unwrap_or((part, ""));
        let one =
            |n: usize| format!("{row}.attempted_at BETWEEN ${} AND ${}", first + 2 * n, first + 2 * n + 1);
        let any: Vec<String> = (0..n).map(one).collect();
        let condition = if any.is_empty() { "false".to_owned() } else { any.join(" OR ") };
        out.push_str(&format!("({condition}){rest}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_that_meet_are_one_range_and_the_closest_of_too_many_are_joined() {
        assert_eq!(ranges([(5, 9), (1, 3), (4, 4), (20, 30), (40, 39)]), [(1, 9), (20, 30)]);
        assert_eq!(ranges([]), []);
        let many = (0..40).map(|n| {
            (n * 100 + if n >= 20 { 5_000 } else { 0 }, n * 100 + 10 + if n >= 20 { 5_000 } else { 0 })
        });
        let joined = ranges(many);
        assert_eq!((joined.len(), joined[0].0, joined[MOST - 1].1), (MOST, 0, 8_910));
        assert!(joined.windows(2).any(|w| w[1].0 - w[0].1 > 5_000), "the widest gap stays: {joined:?}");
    }

    #[test]
    fn the_condition_names_every_range() {
        assert_eq!(
            with_ranges("SELECT FROM t AS a WHERE :within(a) AND true", 3, 2),
            "SELECT FROM t AS a WHERE (a.attempted_at BETWEEN $3 AND $4 OR a.attempted_at BETWEEN $5 AND $6) AND true"
        );
        assert_eq!(with_ranges("WHERE :within(a)", 1, 0), "WHERE (false)");
    }

    proptest! {
        #[test]
        fn every_span_lies_in_a_range(spans in proptest::collection::vec((-10_000_i64..10_000, 0_i64..300), 0..80)) {
            let spans: Vec<(Micros, Micros)> = spans.into_iter().map(|(from, length)| (from, from + length)).collect();
            let found = ranges(spans.clone());
            prop_assert!(found.len() <= MOST);
            prop_assert!(found.windows(2).all(|w| w[0].1 < w[1].0));
            for (from, until) in spans {
                prop_assert!(found.iter().any(|r| r.0 <= from && until <= r.1));
            }
        }
    }
}
