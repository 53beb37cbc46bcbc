//! When was it paused, and by what? Without our own history the attempts on its code must tell.
//!
//! A success means that the campaign was ACTIVE, and the first EXPIRED after the last success that it no longer was. So the
//! pause lies between the two, and the auto-pause job did it if its rule held somewhere in between, by failures that are
//! older than the pause: those that the pause itself causes explain nothing (trap 1), however long they keep the rule true,
//! and `updated_at` may be anything later (trap 2).

use super::{Cause, Pause, Source};
use crate::guard::{Failure, JOB_PERIOD, Rule, held_within};
use crate::{Micros, Span};

/// What our own history recorded of the pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub at: Micros,
    /// By whom.
    pub by: String,
}

/// The trail that a pause left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// Our own record, where the last one says PAUSED.
    pub recorded: Option<Recorded>,
    /// The action of ours that did it.
    pub action: Option<Cause>,
    /// When that was, where no history has it.
    pub action_at: Option<Micros>,
    /// The last success on its code.
    pub last_accepted: Option<Micros>,
    /// The first EXPIRED after that.
    pub first_expired: Option<Micros>,
    /// The row's last edit, or when it was found paused where that was earlier.
    pub updated_at: Option<Micros>,
    /// Whether the history's trigger is attached.
    pub history_attached: Option<bool>,
}

impl Trail {
    /// The span in which the rule must have held for the job to have done it: the failures up to its end, and from a
    /// lookback before its begin, are wanted by [`Self::pause`].
    pub fn span(&self, rule: Rule, now: Micros) -> (Micros, Micros) {
        if let Some(recorded) = &self.recorded {
            return (recorded.at.saturating_sub(JOB_PERIOD.micros()), recorded.at);
        }
        let edited = self.updated_at.unwrap_or(now).min(now);
        let until = self.first_expired.unwrap_or(edited);
        let earliest = until.saturating_sub(rule.lookback.micros());
        let from = self.last_accepted.map_or(earliest, |last| last.saturating_sub(JOB_PERIOD.micros()));
        (from.min(until), until)
    }

    /// The pause, by the failures that the rule counts (see [`Self::span`]), in order of time.
    pub fn pause(&self, rule: Rule, failures: &[Failure], now: Micros) -> Pause {
        let (from, until) = self.span(rule, now);
        let held = held_within(rule, failures, from, until);
        let (at, source) = match (&self.recorded, self.action_at, held) {
            (Some(recorded), ..) => (recorded.at, Source::History),
            (None, Some(at), _) => (at, Source::History),
            (None, None, Some(held)) => (held.at.max(from), Source::Evidence),
            (None, None, None) => (until.min(self.updated_at.unwrap_or(until)), Source::Estimated),
        };
        let cause = match (&self.action, held, &self.recorded) {
            (Some(action), ..) => action.clone(),
            (None, Some(held), _) => {
                Cause::Guard { since: held.at, failures: held.failures, users: held.users }
            }
            (None, None, Some(recorded)) => Cause::Somebody(recorded.by.clone()),
            (None, None, None) => Cause::Nothing,
        };
        Pause { at, source, cause, history_attached: self.history_attached }
    }
}

/// How far back the trail is followed.
pub const REACH: Span = Span::from_days(7);

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: Micros = 60_000_000;
    const RULE: Rule = Rule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 };

    fn failures(from: Micros, every: Micros, n: i64) -> Vec<Failure> {
        (0..n).map(|i| Failure { at: from + i * every, user: Some(i % 30) }).collect()
    }

    fn up_to(trail: &Trail, all: &[Failure], now: Micros) -> Pause {
        let (_, until) = trail.span(RULE, now);
        let seen: Vec<_> = all.iter().copied().filter(|f| f.at <= until).collect();
        trail.pause(RULE, &seen, now)
    }

    #[test]
    fn the_guard_explains_a_pause_when_its_rule_held_before_the_first_expired() {
        let burst = failures(100 * MIN, MIN / 30, 150); // the 101st at 103:20
        let trail = Trail {
            last_accepted: Some(103 * MIN),
            first_expired: Some(104 * MIN + 5_000_000),
            updated_at: Some(300 * MIN),
            ..Trail::default()
        };
        let pause = up_to(&trail, &burst, 400 * MIN);
        assert!(matches!(pause.cause, Cause::Guard { failures: 101, .. }), "{pause:?}");
        assert_eq!((pause.at, pause.source), (103 * MIN + 20_000_000, Source::Evidence));
    }

    #[test]
    fn trap_9_a_manual_pause_is_not_explained_by_its_own_echo_however_strong() {
        let echo = failures(100 * MIN, MIN / 30, 3_000);
        let trail = Trail {
            last_accepted: Some(99 * MIN),
            first_expired: Some(100 * MIN),
            updated_at: Some(250 * MIN), // edited long after, when the echo kept the rule true (trap 2)
            ..Trail::default()
        };
        let pause = up_to(&trail, &echo, 260 * MIN);
        assert_eq!((pause.cause, pause.at, pause.source), (Cause::Nothing, 100 * MIN, Source::Estimated));
    }

    #[test]
    fn an_old_burst_does_not_explain_a_pause_that_successes_followed_it_before() {
        let burst = failures(0, MIN / 30, 300);
        let trail = Trail {
            last_accepted: Some(500 * MIN),
            first_expired: Some(502 * MIN),
            updated_at: Some(501 * MIN),
            ..Trail::default()
        };
        assert_eq!(up_to(&trail, &burst, 600 * MIN).cause, Cause::Nothing);
    }

    #[test]
    fn the_history_knows_when_and_who_and_only_the_rule_or_a_reason_knows_why() {
        let recorded = Some(Recorded { at: 100 * MIN, by: "shop".to_owned() });
        let trail = Trail { recorded, ..Trail::default() };
        let by_guard = trail.pause(RULE, &failures(95 * MIN, MIN / 30, 150), 200 * MIN);
        assert!(matches!(by_guard.cause, Cause::Guard { .. }));
        assert_eq!((by_guard.at, by_guard.source), (100 * MIN, Source::History));
        let earlier = trail.pause(RULE, &failures(80 * MIN, MIN / 30, 150), 200 * MIN);
        assert_eq!(earlier.cause, Cause::Somebody("shop".to_owned()));
        let ours =
            Cause::Action { action: "pause".into(), actor: "ann".into(), reason: Some("leak".into()), id: 7 };
        let trail = Trail { action: Some(ours.clone()), ..trail };
        assert_eq!(trail.pause(RULE, &[], 200 * MIN).cause, ours);
    }
}
