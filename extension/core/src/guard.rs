//! The application's auto-pause job, replayed (DOMAIN: "The auto-pause job").
//!
//! Every minute, per code: more than `min_failures` failures by at least `min_users` users within the last `lookback`
//! pauses an ACTIVE campaign. The rule knows nothing of the campaign's state, so the failures that a pause itself causes
//! keep it true (trap 1). That is why the *last* minute at which it held says nothing about when a pause began, and the
//! *start of the last unbroken stretch* does.

use crate::words::counted;
use crate::{Micros, Span};
use std::collections::HashMap;
use std::fmt;

/// The job's rule, from policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// How far back the job looks.
    pub lookback: Span,
    /// Strictly more failures than this.
    pub min_failures: i64,
    /// By at least this many users; a failure without a user counts as a failure, and as no user.
    pub min_users: i64,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failures, users) = (counted(self.min_failures, "failure"), counted(self.min_users, "user"));
        write!(f, "more than {failures} from at least {users}")
    }
}

/// The job runs once a minute: a gap shorter than that is one it cannot have seen.
pub const JOB_PERIOD: Span = Span::from_minutes(1);

/// A failed attempt as the rule sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Micros,
    /// By whom, where that is known.
    pub user: Option<i64>,
}

/// A time during which the rule held, without a gap that the job could have seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The failure that made the rule true.
    pub start: Micros,
    /// The last failure at which it was still true. With nothing after it, it drains within the rule's lookback.
    pub end: Micros,
}

/// Every stretch in which the rule held, oldest first. `failures` are those of one code, in order of time.
///
/// The rule can only become true at a failure, so it is enough to look at each failure's own window
/// `(at - lookback, at]`. Two stretches belong together when the rule, after the last failure of the first, had less than
/// the job's period to be false in before it was true again. (Between two failures only their number is followed, not
/// whose they were: with few users more than ten minutes of calm count as a gap either way.)
pub fn stretches(rule: Rule, failures: &[Failure]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut users: HashMap<i64, u32> = HashMap::new();
    let mut oldest = 0;
    let mut holds_until = Micros::MIN;
    for (i, failure) in failures.iter().enumerate() {
        while failures[oldest].at <= failure.at.saturating_sub(rule.lookback.micros()) {
            if let Some(user) = failures[oldest].user
                && let Some(n) = users.get_mut(&user)
            {
                *n -= 1;
                if *n == 0 {
                    users.remove(&user);
                }
            }
            oldest += 1;
        }
        if let Some(user) = failure.user {
            *users.entry(user).or_insert(0) += 1;
        }
        let n = (i + 1 - oldest) as i64;
        if n <= rule.min_failures || (users.len() as i64) < rule.min_users {
            continue;
        }
        match found.last_mut() {
            Some(last) if failure.at.saturating_sub(holds_until) < JOB_PERIOD.micros() => {
                last.end = failure.at
            }
            _ => found.push(Stretch { start: failure.at, end: failure.at }),
        }
        // Without another failure, the rule stays true until the failure that is one too many leaves the window.
        holds_until =
            failures[oldest + (n - rule.min_failures - 1) as usize].at.saturating_add(rule.lookback.micros());
    }
    found
}

/// Since when a code that was last edited at `updated_at` has been paused, by the evidence of its failures alone: the
/// start of the last unbroken stretch that began no later than that. `failures` are those of the code up to `updated_at`.
pub fn paused_since(rule: Rule, failures: &[Failure], updated_at: Micros) -> Option<Micros> {
    stretches(rule, failures).into_iter().rev().map(|s| s.start).find(|start| *start <= updated_at)
}

/// The rule at the moment when it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub at: Micros,
    /// The failures in the lookback then.
    pub failures: i64,
    /// The users they were of.
    pub users: i64,
}

/// The first moment from `from` to `until` at which the rule held. `failures` are those of one code, in order of time, from
/// a lookback before `from`.
pub fn held_within(rule: Rule, failures: &[Failure], from: Micros, until: Micros) -> Option<Held> {
    // It can only become true at a failure; at `from` it may be true already.
    let moments =
        std::iter::once(from).chain(failures.iter().map(|f| f.at).filter(|at| (from..=until).contains(at)));
    let (mut oldest, mut next) = (0, 0);
    let mut users: HashMap<i64, u32> = HashMap::new();
    for at in moments {
        while failures.get(next).is_some_and(|f| f.at <= at) {
            if let Some(user) = failures[next].user {
                *users.entry(user).or_insert(0) += 1;
            }
            next += 1;
        }
        while oldest < next && failures[oldest].at <= at.saturating_sub(rule.lookback.micros()) {
            if let Some(user) = failures[oldest].user
                && let Some(n) = users.get_mut(&user)
            {
                *n -= 1;
                if *n == 0 {
                    users.remove(&user);
                }
            }
            oldest += 1;
        }
        let held = Held { at, failures: (next - oldest) as i64, users: users.len() as i64 };
        if held.failures > rule.min_failures && held.users >= rule.min_users {
            return Some(held);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIN: Micros = 60_000_000;
    const RULE: Rule = Rule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 };

    fn burst(from: Micros, every: Micros, n: i64, users: i64) -> Vec<Failure> {
        (0..n).map(|i| Failure { at: from + i * every, user: Some(i % users) }).collect()
    }

    #[test]
    fn the_rule_is_strictly_more_than_and_at_least() {
        assert!(
            stretches(RULE, &burst(0, MIN / 60, 100, 5)).is_empty(),
            "100 failures are not more than 100"
        );
        assert_eq!(stretches(RULE, &burst(0, MIN / 60, 101, 5))[0].start, 100 * MIN / 60);
        assert!(stretches(RULE, &burst(0, MIN / 60, 500, 1)).is_empty(), "one user is not two");
        assert!(stretches(RULE, &burst(0, 6 * MIN / 60, 1000, 5)).is_empty(), "100 in ten minutes, for ever");
    }

    #[test]
    fn trap_1_the_echo_of_a_pause_keeps_the_rule_true_and_the_stretch_keeps_its_start() {
        let mut failures = burst(0, MIN / 60, 300, 40); // the attack: 5 minutes, a failure a second
        failures.extend(burst(5 * MIN, 4 * MIN / 60, 600, 200)); // caused by the pause: 40 minutes, a failure every 4 seconds
        let found = stretches(RULE, &failures);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].start, 100 * MIN / 60);
        assert_eq!(paused_since(RULE, &failures, 44 * MIN), Some(found[0].start));
    }

    #[test]
    fn a_calm_between_two_bursts_divides_them() {
        let mut failures = burst(0, MIN / 60, 200, 9);
        failures.extend(burst(60 * MIN, MIN / 60, 200, 9));
        assert_eq!(stretches(RULE, &failures).len(), 2);
        assert_eq!(paused_since(RULE, &failures, 90 * MIN), Some(60 * MIN + 100 * MIN / 60));
        assert_eq!(paused_since(RULE, &failures, 30 * MIN), Some(100 * MIN / 60));
        assert_eq!(paused_since(RULE, &failures, 0), None);
    }

    #[test]
    fn failures_without_a_user_are_counted_but_are_nobody() {
        let nobody: Vec<_> =
            burst(0, MIN / 60, 300, 3).into_iter().map(|f| Failure { user: None, ..f }).collect();
        assert!(stretches(RULE, &nobody).is_empty());
    }

    /// The rule as the job states it, for one moment.
    fn holds_at(rule: Rule, failures: &[Failure], now: Micros) -> bool {
        let recent: Vec<_> =
            failures.iter().filter(|f| f.at <= now && f.at > now - rule.lookback.micros()).collect();
        let users: std::collections::HashSet<_> = recent.iter().filter_map(|f| f.user).collect();
        recent.len() as i64 > rule.min_failures && users.len() as i64 >= rule.min_users
    }

    proptest! {
        #[test]
        fn the_replay_agrees_with_the_job_at_every_failure(
            gaps in prop::collection::vec((0i64..40_000_000, prop::option::weighted(0.9, 0i64..6)), 0..300),
            min_failures in 0i64..20, min_users in 1i64..5, minutes in 1i64..12,
        ) {
            let rule = Rule { lookback: Span::from_minutes(minutes), min_failures, min_users };
            let mut at = 0;
            let failures: Vec<_> = gaps.into_iter().map(|(gap, user)| { at += gap; Failure { at, user } }).collect();
            let found = stretches(rule, &failures);
            for pair in found.windows(2) {
                prop_assert!(pair[0].end < pair[1].start, "stretches are apart and in order");
            }
            // Failures of one instant are one moment to the job: judge at the last of them.
            for (i, f) in failures.iter().enumerate() {
                if failures.get(i + 1).is_some_and(|next| next.at == f.at) { continue }
                if holds_at(rule, &failures, f.at) {
                    prop_assert!(found.iter().any(|s| s.start <= f.at && f.at <= s.end), "held at {}", f.at);
                }
            }
            if let Some(first) = failures.first() {
                let (from, until) = (first.at + at / 4, first.at + at / 2);
                let held = held_within(rule, &failures, from, until);
                let expected = (std::iter::once(from).chain(failures.iter().map(|f| f.at)))
                    .filter(|t| (from..=until).contains(t)).find(|t| holds_at(rule, &failures, *t));
                prop_assert_eq!(held.map(|h| h.at), expected);
            }
            for s in &found {
                prop_assert!(holds_at(rule, &failures, s.start), "held at its start {}", s.start);
                prop_assert!(holds_at(rule, &failures, s.end), "held at its end {}", s.end);
            }
        }
    }
}
