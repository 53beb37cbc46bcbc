//! When was a campaign paused, by whom, and why? This is the only place that answers it.
//!
//! Our own records know it. Without them the attempts on the campaign's code tell. A success means that the campaign was ACTIVE. The
//! first EXPIRED after the last success means that it no longer was, if it came within the campaign's validity. The pause lies between
//! the two. The auto-pause job did it if its rule held in between, by failures before the first EXPIRED: failures that the pause itself
//! causes explain nothing (trap 1), however long they keep the rule true. `updated_at` may be any edit after the pause (trap 2).

use crate::guard::{Failure, JOB_PERIOD, Rule, held_within, stretches};
use crate::{Micros, Span};

/// How the time of a pause is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Our own records.
    History,
    /// The auto-pause rule held.
    Evidence,
    /// An upper bound: the first EXPIRED, or the row's last edit (trap 2).
    Estimated,
}

impl Source {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Evidence => "evidence",
            Self::Estimated => "estimated",
        }
    }
}

/// An action of promo_guard that paused the campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The function.
    pub action: String,
    /// Who called it.
    pub actor: String,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Its row in the action log.
    pub id: i64,
    /// When.
    pub at: Option<Micros>,
    /// When an action of promo_guard paused it; `None` where this one found it paused already, and only gives a reason.
    pub paused_at: Option<Micros>,
}

/// Why a campaign is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An action of promo_guard, with its reason.
    Action(Action),
    /// The application's auto-pause rule held.
    Guard {
        /// Since when it held without a gap.
        since: Micros,
        /// Failures in its lookback at the pause.
        failures: i64,
        /// Users of those.
        users: i64,
    },
    /// A role paused it while the rule did not hold, and no reason is on record.
    Somebody(String),
    /// Not known.
    Nothing,
}

/// What is known of a pause that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// When it began, the best that is known. `None`: nothing dates it.
    pub at: Option<Micros>,
    /// It did not begin before this: the last sign that the campaign was ACTIVE.
    pub not_before: Option<Micros>,
    /// It did not begin after this: the first sign that it was PAUSED.
    pub not_after: Option<Micros>,
    /// How the time is known.
    pub source: Source,
    /// Why.
    pub cause: Cause,
    /// Who our own records name.
    pub actor: Option<String>,
    /// Since when the auto-pause rule had held at the pause, where it held.
    pub guard_since: Option<Micros>,
    /// Whether the status history's trigger is attached and enabled; `None` where that cannot be told.
    pub history_attached: Option<bool>,
}

impl Pause {
    /// From when on it was certainly paused: the job comes within a minute after its rule began to hold.
    pub fn certain_from(&self) -> Option<Micros> {
        let at = self.at?;
        Some(match self.source {
            Source::Evidence => {
                let job = at.saturating_add(JOB_PERIOD.micros());
                self.not_after.map_or(job, |by_then| by_then.min(job)).max(at)
            }
            Source::History | Source::Estimated => at,
        })
    }

    /// Who paused it: as recorded, else the job where its rule held.
    pub fn by(&self) -> Option<&str> {
        match (&self.actor, &self.cause) {
            (Some(actor), _) => Some(actor),
            (None, Cause::Guard { .. }) => Some("auto-pause guard (inferred)"),
            _ => None,
        }
    }

    /// The reason that was given to our own function.
    pub fn reason(&self) -> Option<&str> {
        match &self.cause {
            Cause::Action(action) => action.reason.as_deref(),
            _ => None,
        }
    }

    /// Whether the rule or a reason explains it.
    pub fn explained(&self) -> bool {
        self.guard_since.is_some() || self.reason().is_some()
    }
}

/// A time during which a campaign was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub from: Micros,
    /// Its last; `None` where it goes on.
    pub until: Option<Micros>,
}

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
    /// The action of promo_guard that did it.
    pub action: Option<Action>,
    /// The last success on its code.
    pub last_accepted: Option<Micros>,
    /// The first EXPIRED after that, within the campaign's validity.
    pub first_expired: Option<Micros>,
    /// The row's last edit, or when it was found paused where that was earlier.
    pub updated_at: Option<Micros>,
    /// Whether the history's trigger is attached.
    pub history_attached: Option<bool>,
}

/// How far back from the pause the beginning of the time in which the rule held is looked for.
pub const STRETCH: Span = Span::from_minutes(120);

impl Trail {
    /// When our own records say that it was paused.
    pub fn known_at(&self) -> Option<Micros> {
        self.recorded.as_ref().map_or_else(|| self.action.as_ref()?.paused_at, |recorded| Some(recorded.at))
    }

    /// The last edit, unless a success came after it: then it was none of this pause.
    fn edited(&self) -> Option<Micros> {
        self.updated_at.filter(|edited| self.last_accepted.is_none_or(|last| *edited > last))
    }

    /// The first sign that it was paused.
    fn not_after(&self) -> Option<Micros> {
        let found = self.action.as_ref().and_then(|action| action.at);
        self.first_expired.into_iter().chain(self.edited()).chain(found).min()
    }

    /// The span in which the rule must have held for the job to have done it: from the last success on. [`Self::pause`] wants the failures
    /// up to its end, from [`STRETCH`] and the rule's lookback before its begin. `reach`: how far back a pause is looked for.
    pub fn span(&self, now: Micros, reach: Span) -> (Micros, Micros) {
        if let Some(at) = self.known_at() {
            return (at.saturating_sub(JOB_PERIOD.micros()), at);
        }
        let until = self.not_after().or(self.updated_at).unwrap_or(now).min(now);
        let from = match self.last_accepted {
            Some(last) => last.saturating_sub(JOB_PERIOD.micros()),
            None => until.saturating_sub(reach.micros()),
        };
        (from.min(until), until)
    }

    /// The pause, by the failures that the rule counts (see [`Self::span`]), in order of time.
    pub fn pause(self, rule: Rule, failures: &[Failure], now: Micros, reach: Span) -> Pause {
        let (from, until) = self.span(now, reach);
        let begins: Vec<Micros> = stretches(rule, failures).into_iter().map(|s| s.start).collect();
        let begun = |by: Micros| begins.iter().copied().rfind(|at| *at <= by);
        // The job comes within a minute after the rule begins to hold. Where no success tells that the campaign was ACTIVE after
        // an earlier burst, it was the last burst.
        let from = if self.known_at().is_none() && self.last_accepted.is_none() {
            begun(until).unwrap_or(from).max(from)
        } else {
            from
        };
        let held = held_within(rule, failures, from, until);
        let guard_since = held.map(|held| begun(held.at).unwrap_or(held.at));
        let known_at = self.known_at();
        let (not_before, not_after) = match known_at {
            Some(at) => (Some(at), Some(at)),
            None => (self.last_accepted, self.not_after()),
        };
        let (at, source) = match (known_at, held) {
            (Some(at), _) => (Some(at), Source::History),
            (None, Some(held)) => {
                (Some(held.at.max(self.last_accepted.unwrap_or(from)).min(until)), Source::Evidence)
            }
            (None, None) => (self.not_after().or(self.updated_at), Source::Estimated),
        };
        let actor = match (&self.recorded, &self.action) {
            (Some(recorded), _) => Some(recorded.by.clone()),
            (None, Some(action)) if action.paused_at.is_some() => Some(action.actor.clone()),
            (None, _) => None,
        };
        let cause = match (self.action, held, guard_since, self.recorded) {
            (Some(action), ..) => Cause::Action(action),
            (None, Some(held), Some(since), _) => {
                Cause::Guard { since, failures: held.failures, users: held.users }
            }
            (None, _, _, Some(recorded)) => Cause::Somebody(recorded.by),
            (None, _, _, None) => Cause::Nothing,
        };
        let history_attached = self.history_attached;
        Pause { at, not_before, not_after, source, cause, actor, guard_since, history_attached }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: Micros = 60_000_000;
    const REACH: Span = Span::from_days(7);
    const RULE: Rule = Rule { lookback: Span::from_minutes(10), min_failures: 100, min_users: 2 };

    fn failures(from: Micros, every: Micros, n: i64) -> Vec<Failure> {
        (0..n).map(|i| Failure { at: from + i * every, user: Some(i % 30) }).collect()
    }

    fn up_to(trail: &Trail, all: &[Failure], now: Micros) -> Pause {
        let (_, until) = trail.span(now, REACH);
        let seen: Vec<_> = all.iter().copied().filter(|f| f.at <= until).collect();
        trail.clone().pause(RULE, &seen, now, REACH)
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
        assert_eq!((pause.at, pause.source), (Some(103 * MIN + 20_000_000), Source::Evidence));
        assert_eq!((pause.not_before, pause.not_after), (Some(103 * MIN), Some(104 * MIN + 5_000_000)));
        assert_eq!((pause.guard_since, pause.by()), (pause.at, Some("auto-pause guard (inferred)")));
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
        assert_eq!(
            (pause.cause, pause.at, pause.source),
            (Cause::Nothing, Some(100 * MIN), Source::Estimated)
        );
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
        let by_guard = trail.clone().pause(RULE, &failures(95 * MIN, MIN / 30, 150), 200 * MIN, REACH);
        assert!(matches!(by_guard.cause, Cause::Guard { .. }));
        assert_eq!((by_guard.at, by_guard.source), (Some(100 * MIN), Source::History));
        assert_eq!(by_guard.guard_since, Some(98 * MIN + 20_000_000), "the 101st failure");
        let earlier = trail.clone().pause(RULE, &failures(80 * MIN, MIN / 30, 150), 200 * MIN, REACH);
        assert_eq!(earlier.cause, Cause::Somebody("shop".to_owned()));
        let ours = Action {
            action: "pause".into(),
            actor: "ann".into(),
            reason: Some("leak".into()),
            id: 7,
            at: Some(100 * MIN),
            paused_at: Some(100 * MIN),
        };
        let trail = Trail { action: Some(ours.clone()), ..trail };
        let pause = trail.pause(RULE, &[], 200 * MIN, REACH);
        assert_eq!((pause.reason(), pause.by()), (Some("leak"), Some("shop")));
        assert_eq!(pause.cause, Cause::Action(ours.clone()));
        // An action that found it paused gives a reason, and neither a time nor an actor.
        let found = Action { at: Some(190 * MIN), paused_at: None, ..ours };
        let trail = Trail { action: Some(found), updated_at: Some(100 * MIN), ..Trail::default() };
        let pause = trail.pause(RULE, &failures(95 * MIN, MIN / 30, 150), 200 * MIN, REACH);
        assert_eq!((pause.at, pause.source), (Some(98 * MIN + 20_000_000), Source::Evidence));
        assert_eq!((pause.reason(), pause.actor.as_deref()), (Some("leak"), None));
    }

    #[test]
    fn trap_2_an_edit_does_not_move_a_pause_that_the_rule_dates() {
        let burst = failures(100 * MIN, MIN / 30, 150); // the 101st at 103:20
        for edited in [104, 109, 300] {
            let trail = Trail {
                last_accepted: Some(102 * MIN),
                first_expired: Some(110 * MIN),
                updated_at: Some(edited * MIN),
                ..Trail::default()
            };
            assert_eq!(up_to(&trail, &burst, 400 * MIN).at, Some(103 * MIN + 20_000_000));
        }
    }

    #[test]
    fn without_a_success_the_last_burst_is_the_one_that_paused_it() {
        let mut bursts = failures(100 * MIN, MIN / 30, 150);
        bursts.extend(failures(200 * MIN, MIN / 30, 150));
        let trail = Trail { updated_at: Some(300 * MIN), ..Trail::default() };
        assert_eq!(up_to(&trail, &bursts, 400 * MIN).at, Some(203 * MIN + 20_000_000));
        assert_eq!(up_to(&trail, &bursts, 150 * MIN).at, Some(103 * MIN + 20_000_000));
    }

    #[test]
    fn an_edit_before_the_last_success_was_not_the_pause() {
        let trail = Trail {
            last_accepted: Some(50 * MIN),
            first_expired: Some(60 * MIN),
            updated_at: Some(20 * MIN),
            ..Trail::default()
        };
        let pause = up_to(&trail, &[], 100 * MIN);
        assert_eq!(
            (pause.at, pause.not_before, pause.not_after),
            (Some(60 * MIN), Some(50 * MIN), Some(60 * MIN))
        );
        let silent = Trail { first_expired: None, ..trail };
        let pause = up_to(&silent, &[], 100 * MIN);
        assert_eq!((pause.at, pause.not_after), (Some(20 * MIN), None), "nothing better is known");
    }
}
