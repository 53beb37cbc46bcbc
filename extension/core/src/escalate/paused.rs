//! How long a campaign has been paused, all in all: a short time of being active between two pauses does not start the
//! clock anew.

use crate::triage::Stretch;
use crate::{Micros, Span};

/// Pauses that count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// The first of its pauses.
    pub since: Micros,
    /// How many they are.
    pub pauses: usize,
    /// Their lengths together, as of now.
    pub paused: Span,
    /// When that length reaches, or reached, what policy allows.
    pub due_at: Micros,
}

/// The episode that goes on now, from a campaign's pauses in order of time. `None` where it is not paused now. A time of being
/// active shorter than `allowed` divides nothing: a campaign that flaps has been out of reach as long as the sum of it.
pub fn episode(pauses: &[Stretch], now: Micros, allowed: Span) -> Option<Episode> {
    let (last, earlier) = pauses.split_last()?;
    if last.until.is_some() || last.from > now {
        return None;
    }
    let mut first = earlier.len();
    let mut begins = last.from;
    for (place, stretch) in earlier.iter().enumerate().rev() {
        let active = begins.saturating_sub(stretch.until?);
        if active >= allowed.micros() {
            break;
        }
        (first, begins) = (place, stretch.from);
    }
    let mut paused = 0_i64;
    let mut due_at = None;
    for stretch in &pauses[first..] {
        let length = stretch.until.unwrap_or(now).saturating_sub(stretch.from).max(0);
        let left = allowed.micros().saturating_sub(paused);
        if due_at.is_none() && (length >= left || stretch.until.is_none()) {
            due_at = Some(stretch.from.saturating_add(left));
        }
        paused = paused.saturating_add(length);
    }
    Some(Episode {
        since: begins,
        pauses: pauses.len() - first,
        paused: Span::from_micros(paused),
        due_at: due_at.unwrap_or(begins),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIN: Micros = 60_000_000;
    const ALLOWED: Span = Span::from_minutes(30);

    fn pauses(minutes: &[(i64, i64)]) -> Vec<Stretch> {
        minutes
            .iter()
            .map(|&(from, until)| Stretch { from: from * MIN, until: (until > 0).then_some(until * MIN) })
            .collect()
    }

    #[test]
    fn one_pause_is_due_after_what_is_allowed() {
        let found = episode(&pauses(&[(10, 0)]), 20 * MIN, ALLOWED).unwrap();
        assert_eq!((found.since, found.due_at, found.pauses), (10 * MIN, 40 * MIN, 1));
        assert_eq!(found.paused, Span::from_minutes(10));
    }

    #[test]
    fn flapping_does_not_start_the_clock_anew() {
        let found = episode(&pauses(&[(0, 20), (22, 30), (31, 0)]), 40 * MIN, ALLOWED).unwrap();
        assert_eq!((found.since, found.pauses, found.paused), (0, 3, Span::from_minutes(37)));
        assert_eq!(found.due_at, 33 * MIN, "20 and 8 minutes before, 2 of the last");
    }

    #[test]
    fn a_long_time_of_being_active_does() {
        let found = episode(&pauses(&[(0, 20), (50, 0)]), 60 * MIN, ALLOWED).unwrap();
        assert_eq!((found.since, found.due_at), (50 * MIN, 80 * MIN));
    }

    #[test]
    fn what_is_not_paused_now_is_nothing() {
        assert_eq!(episode(&[], 0, ALLOWED), None);
        assert_eq!(episode(&pauses(&[(0, 20)]), 30 * MIN, ALLOWED), None);
        assert_eq!(episode(&pauses(&[(40, 0)]), 30 * MIN, ALLOWED), None, "not yet, as of then");
    }

    proptest! {
        #[test]
        fn due_exactly_when_the_sum_is_what_is_allowed(
            gaps in prop::collection::vec((1i64..40, 1i64..40), 0..8), open_for in 0i64..200
        ) {
            let (mut at, mut all) = (1, Vec::new());
            for (paused, active) in gaps {
                all.push((at, at + paused));
                at += paused + active;
            }
            all.push((at, 0));
            let now = (at + open_for) * MIN;
            let all = pauses(&all);
            let found = episode(&all, now, ALLOWED).unwrap();
            // the sum of the pauses up to the due moment, were the last to go on
            let sum: i64 = all[all.len() - found.pauses..]
                .iter()
                .map(|s| (s.until.unwrap_or(found.due_at).min(found.due_at) - s.from).max(0))
                .sum();
            prop_assert_eq!(sum, ALLOWED.micros());
            // reached, not passed: the sum can stand at exactly what is allowed while the campaign is active again
            prop_assert_eq!(found.paused >= ALLOWED, now >= found.due_at);
        }
    }
}
