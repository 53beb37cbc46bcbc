//! The decision at a look.

use super::{Baseline, Plan, State, Tally, User};
use crate::words::{counted, grouped, percent};
use statrs::distribution::{Binomial, DiscreteCDF, Poisson};
use std::fmt;

/// Looks of the window that follows the bake along: abuse that comes back in its middle must not be diluted by the clean
/// minutes before it.
const RECENT: u32 = 3;
/// Two questions, each asked of the recent looks and of all looks.
const QUESTIONS: f64 = 2.0;

/// What a look asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Do more users fail than normal?
    Failing,
    /// Do more users come for the first time than normal?
    Newcomers,
}

/// A look that found something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// The look, the first being 1.
    pub look: u32,
    /// What it asked.
    pub question: Question,
    /// Of how many minutes.
    pub minutes: f64,
    /// What it counted.
    pub tally: Tally,
    /// What was to be expected at most: a share of users, or newcomers a minute.
    pub expected: f64,
    /// The normal numbers before.
    pub baseline: Baseline,
    /// The chance of as much on a campaign at that bound.
    pub chance: f64,
}

/// How a bake stands after its last look that is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// RUNNING, PASSED, FAILED or INCONCLUSIVE.
    pub state: State,
    /// The look at which it was decided, or the last that was made.
    pub look: u32,
    /// The whole bake's users up to then.
    pub tally: Tally,
    /// What was found, where it failed.
    pub alarm: Option<Alarm>,
    /// Users needed for a pass: with fewer, a campaign that rejects half of its users might not have been noticed.
    pub needed: u64,
}

/// Judges a bake by its looks up to `due`, of which those up to `done` were made before and found nothing. `applied` are the
/// redemptions that were applied since the unpause; `None` where that cannot be known. The same for the same attempts,
/// whenever and however often it is asked: the first look that finds something decides.
pub fn judge(
    plan: &Plan,
    baseline: &Baseline,
    users: &[User],
    applied: Option<u64>,
    done: u32,
    due: u32,
) -> Judgement {
    let due = due.min(plan.looks());
    let needed = needed(plan, baseline);
    for look in done + 1..=due {
        if let Some(alarm) = alarm_at(plan, baseline, users, look) {
            let tally = Tally::of(users, 1..=look);
            return Judgement { state: State::Failed, look, tally, alarm: Some(alarm), needed };
        }
    }
    let tally = Tally::of(users, 1..=due.max(1));
    let state = if due < plan.looks() {
        State::Running
    } else if tally.users >= needed && applied.is_some_and(|n| n > 0) {
        State::Passed
    } else {
        State::Inconclusive
    };
    Judgement { state, look: due, tally, alarm: None, needed }
}

/// The gravest of what a look finds.
fn alarm_at(plan: &Plan, baseline: &Baseline, users: &[User], look: u32) -> Option<Alarm> {
    let recent = look.saturating_sub(RECENT);
    // In the first minutes both windows are one, and it may spend what both may.
    let windows: &[u32] = if recent == 0 { &[0] } else { &[recent, 0] };
    let may_spend = plan.share(look) / (windows.len() as f64 * QUESTIONS);
    let mut alarms = Vec::new();
    for &after in windows {
        let tally = Tally::of(users, after + 1..=look);
        let minutes = plan.minutes(after, look);
        let share = baseline.expected_share();
        let found = |question, expected, chance| Alarm {
            look,
            question,
            minutes,
            tally,
            expected,
            baseline: *baseline,
            chance,
        };
        alarms.push(found(Question::Failing, share, at_least_failing(tally.failing, tally.users, share)));
        if let Some(rate) = baseline.expected_newcomers() {
            alarms.push(found(
                Question::Newcomers,
                rate,
                at_least_newcomers(tally.newcomers, rate * minutes),
            ));
        }
    }
    alarms.retain(|alarm| alarm.chance <= may_spend);
    alarms.into_iter().min_by(|a, b| a.chance.total_cmp(&b.chance))
}

/// P(X >= failing), X binomial.
fn at_least_failing(failing: u64, users: u64, share: f64) -> f64 {
    match failing.checked_sub(1) {
        None => 1.0,
        Some(below) => Binomial::new(share, users).map_or(1.0, |x| x.sf(below)),
    }
}

/// P(X >= newcomers), X Poisson.
fn at_least_newcomers(newcomers: u64, expected: f64) -> f64 {
    match newcomers.checked_sub(1) {
        None => 1.0,
        Some(below) => Poisson::new(expected).map_or(1.0, |x| x.sf(below)),
    }
}

/// The least users among whom a campaign that rejects half of the users whom a clean one accepts would have been noticed, by
/// the test of all looks at the last of them, in nine cases of ten.
fn needed(plan: &Plan, baseline: &Baseline) -> u64 {
    const POWER: f64 = 0.9;
    const MOST: u64 = 10_000;
    let share = baseline.expected_share();
    let broken = share + (1.0 - share) / 2.0;
    let may_spend = plan.share(plan.looks()) / (2.0 * QUESTIONS);
    let noticed = |users: u64| {
        let critical = (1..=users).find(|&failing| at_least_failing(failing, users, share) <= may_spend);
        critical.is_some_and(|failing| at_least_failing(failing, users, broken) >= POWER)
    };
    (1..=MOST).find(|&users| noticed(users)).unwrap_or(MOST)
}

/// `1 in 20,000`, or less than that.
fn odds(chance: f64) -> String {
    let one_in = (1.0 / chance.max(1e-12)).round();
    if chance <= 1e-9 {
        "less than 1 in 1,000,000,000".to_owned()
    } else {
        format!("1 in {}", grouped(one_in as u64))
    }
}

/// `minute`, `3 minutes`, `20 seconds`.
fn length(minutes: f64) -> String {
    if (minutes - 1.0).abs() < 0.01 {
        "minute".to_owned()
    } else if minutes < 2.0 {
        format!("{:.0} seconds", minutes * 60.0)
    } else {
        format!("{minutes:.0} minutes")
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tally, baseline, .. } = self;
        match self.question {
            Question::Failing => {
                write!(
                    f,
                    "{} of {} in the last {} were not accepted ({}).",
                    grouped(tally.failing),
                    counted(tally.users, "user"),
                    length(self.minutes),
                    percent(tally.rate().unwrap_or(0.0)),
                )?;
                match baseline.rate() {
                    Some(rate) => write!(
                        f,
                        " Before the incident it was {} of {}; up to {} would be normal.",
                        percent(rate),
                        counted(baseline.users, "user"),
                        percent(self.expected)
                    )?,
                    None => write!(
                        f,
                        " The share before the incident is unknown; up to {} would be normal.",
                        percent(self.expected)
                    )?,
                }
            }
            Question::Newcomers => write!(
                f,
                "{} tried this code for the first time in the last {}. Before the incident it was {:.1} a minute; up to {:.1} \
                 would be normal.",
                counted(tally.newcomers, "user"),
                length(self.minutes),
                baseline.newcomers.unwrap_or(0) as f64 / baseline.minutes.max(1.0),
                self.expected,
            )?,
        }
        write!(f, " The chance of this on a clean campaign is {}.", odds(self.chance))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Seen;
    use super::*;
    use crate::Span;
    use proptest::prelude::*;

    fn plan() -> Plan {
        Plan::new(0, Span::from_minutes(15), 0.05).unwrap()
    }

    const USUAL: Baseline = Baseline { users: 1_000, failing: 80, newcomers: Some(1_000), minutes: 1_440.0 };

    fn users(look: u32, getting_in: u64, failing: u64) -> Vec<User> {
        let one = |accepted: bool| User {
            known: true,
            served: false,
            seen: vec![Seen { look, accepted, failed: !accepted }],
        };
        (0..getting_in).map(|_| one(true)).chain((0..failing).map(|_| one(false))).collect()
    }

    #[test]
    fn no_traffic_is_no_success() {
        let all = plan().looks();
        assert_eq!(judge(&plan(), &USUAL, &[], Some(0), 0, all).state, State::Inconclusive);
        assert_eq!(judge(&plan(), &USUAL, &users(3, 5, 0), Some(5), 0, all).state, State::Inconclusive);
        assert_eq!(judge(&plan(), &USUAL, &users(3, 60, 4), Some(0), 0, all).state, State::Inconclusive);
        assert_eq!(judge(&plan(), &USUAL, &users(3, 60, 4), None, 0, all).state, State::Inconclusive);
        assert_eq!(judge(&plan(), &USUAL, &users(3, 60, 4), Some(1), 0, all).state, State::Passed);
        assert_eq!(judge(&plan(), &USUAL, &users(3, 60, 4), Some(1), 0, all - 1).state, State::Running);
    }

    #[test]
    fn abuse_is_seen_in_the_look_in_which_it_comes_back() {
        let mut seen = users(2, 40, 3);
        seen.extend(users(9, 3, 14));
        assert_eq!(judge(&plan(), &USUAL, &seen, Some(40), 0, 8).state, State::Running);
        let judgement = judge(&plan(), &USUAL, &seen, Some(40), 0, 9);
        assert_eq!((judgement.state, judgement.look), (State::Failed, 9));
        // and asked later, it is the same look that decides
        assert_eq!(judge(&plan(), &USUAL, &seen, Some(40), 0, 15).look, 9);
        let told = judgement.alarm.unwrap().to_string();
        assert!(told.starts_with("14 of 17 users in the last 3 minutes were not accepted (82 %)."), "{told}");
    }

    #[test]
    fn a_leak_is_seen_by_who_comes() {
        let stranger =
            User { known: false, served: false, seen: vec![Seen { look: 1, accepted: true, failed: false }] };
        let strangers = vec![stranger; 14];
        let alarm = judge(&plan(), &USUAL, &strangers, Some(9), 0, 1).alarm.unwrap();
        assert_eq!(alarm.question, Question::Newcomers);
        assert!(alarm.to_string().contains("14 users tried this code for the first time"), "{alarm}");
        // without a baseline there is no verdict
        let young = Baseline { newcomers: None, ..USUAL };
        assert_eq!(judge(&plan(), &young, &strangers, Some(9), 0, 1).state, State::Running);
    }

    #[test]
    fn strangers_who_find_no_use_left_are_strangers_still() {
        let late = User {
            known: false,
            served: false,
            seen: vec![Seen { look: 1, accepted: false, failed: false }],
        };
        let judgement = judge(&plan(), &USUAL, &vec![late; 14], Some(9), 0, 1);
        assert_eq!(judgement.alarm.unwrap().question, Question::Newcomers);
        assert_eq!(judgement.tally, Tally { users: 0, failing: 0, newcomers: 14 });
    }

    #[test]
    fn what_a_pass_needs_grows_with_what_is_usual() {
        let needed = |failing| needed(&plan(), &Baseline { failing, ..USUAL });
        assert!(
            needed(0) < needed(100) && needed(100) < needed(250),
            "{} {} {}",
            needed(0),
            needed(100),
            needed(250)
        );
        assert!((10..=30).contains(&needed(80)), "{}", needed(80));
    }

    fn any_users() -> impl Strategy<Value = Vec<User>> {
        let seen = prop::collection::vec((1u32..16, any::<bool>(), any::<bool>()), 0..4);
        let one = (any::<bool>(), any::<bool>(), seen).prop_map(|(known, served, mut seen)| {
            seen.sort_unstable();
            let seen = seen.into_iter().map(|(look, accepted, failed)| Seen { look, accepted, failed });
            User { known, served, seen: seen.collect() }
        });
        prop::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn a_verdict_stands_once_it_is_given(seen in any_users(), due in 1u32..15, later in 1u32..15) {
            let first = judge(&plan(), &USUAL, &seen, Some(3), 0, due);
            let second = judge(&plan(), &USUAL, &seen, Some(3), 0, due + later);
            if first.state == State::Failed {
                prop_assert_eq!(first, second);
            } else {
                prop_assert!(second.look > due || second.state != State::Failed);
            }
        }

        #[test]
        fn a_pass_has_its_users_and_a_redemption(seen in any_users(), applied in prop::option::of(0u64..3)) {
            let judgement = judge(&plan(), &USUAL, &seen, applied, 0, 15);
            prop_assert!(judgement.state != State::Running);
            if judgement.state == State::Passed {
                prop_assert!(judgement.tally.users >= judgement.needed && applied > Some(0));
            }
            prop_assert_eq!(judgement.state == State::Failed, judgement.alarm.is_some());
        }

        #[test]
        fn one_more_who_fails_never_saves_a_campaign(getting_in in 0u64..60, failing in 0u64..60, look in 1u32..16) {
            let failed = |more| judge(&plan(), &USUAL, &users(look, getting_in, failing + more), Some(1), 0, 15).state == State::Failed;
            prop_assert!(!failed(0) || failed(1));
        }

        #[test]
        fn nothing_panics(users_before in 0u64..u64::MAX / 2, failing in any::<u64>(), newcomers in any::<u64>(), minutes in -1.0f64..1e6) {
            let baseline = Baseline { users: users_before, failing, newcomers: Some(newcomers), minutes };
            let judgement = judge(&plan(), &baseline, &users(1, 3, 3), Some(1), 0, 15);
            let _ = judgement.alarm.map(|a| a.to_string());
        }
    }
}
