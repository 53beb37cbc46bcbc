//! What one user did with one known code.

use super::pauses::{Paused, causes};
use super::picture::{Event, Pair, Picture};
use super::settings::Settings;
use crate::attempt::Outcome;

/// A pair of a known code in figures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trace {
    /// Whether there is a user.
    pub user: bool,
    /// Failed attempts.
    pub failed: u32,
    /// Of these, while the campaign was paused.
    pub paused: u32,
    /// Of the others: NOT_APPLICABLE.
    pub refused: u32,
    /// Of the others: EXPIRED.
    pub expired: u32,
    /// Of the others: RATE_LIMITED. They are censored attempts, of honest users too (trap 6).
    pub limited: u32,
    /// Accepted attempts.
    pub accepted: u32,
    /// The last of these.
    pub last_accepted: u32,
    /// The first of these.
    pub first_accepted: u32,
    /// First NOT_APPLICABLE outside a pause.
    pub first_refused: u32,
    /// Whether a typo brought the user here: they tried an unknown code right before.
    pub by_slip: bool,
    /// Whether the user is known to have had codes accepted before; `None` where it was not looked up.
    pub seen: Option<bool>,
    /// First EXPIRED outside a pause.
    pub first_expired: u32,
    /// First attempt.
    pub first: u32,
    /// Last attempt.
    pub last: u32,
    /// First failed attempt.
    pub first_failed: u32,
    /// Last failed attempt.
    pub last_failed: u32,
    /// Failed attempts, those close together taken as one: how often the user came back (trap 5), at most within the time
    /// that policy gives.
    pub visits: u32,
    /// A client in a loop: a crowd of failures within a minute, and over soon after.
    pub storm: bool,
}

impl Trace {
    /// Of nothing.
    const NONE: Self = Self {
        user: false,
        failed: 0,
        paused: 0,
        refused: 0,
        expired: 0,
        limited: 0,
        accepted: 0,
        last_accepted: 0,
        first_accepted: u32::MAX,
        first_refused: u32::MAX,
        by_slip: false,
        seen: None,
        first_expired: u32::MAX,
        first: 0,
        last: 0,
        first_failed: u32::MAX,
        last_failed: 0,
        visits: 0,
        storm: false,
    };

    /// Counts a failure for what it says of the campaign.
    fn count(&mut self, outcome: Outcome, at: u32, paused: &Paused) {
        if causes(outcome) && paused.at(at) {
            self.paused += 1;
            return;
        }
        match outcome {
            Outcome::NotApplicable => {
                self.refused += 1;
                self.first_refused = self.first_refused.min(at);
            }
            Outcome::Expired => {
                self.expired += 1;
                self.first_expired = self.first_expired.min(at);
            }
            Outcome::RateLimited => self.limited += 1,
            _ => {}
        }
    }

    /// Whether the user is a customer of old, as far as is known.
    pub fn regular(&self) -> bool {
        self.seen == Some(true)
    }

    /// Failed attempts outside of pauses.
    pub const fn open_failed(&self) -> u32 {
        self.failed - self.paused
    }
}

/// The pairs of a code.
#[derive(Debug, Default)]
pub(super) struct Traces {
    /// Each of them.
    pub list: Vec<Trace>,
    /// Those with NOT_APPLICABLE outside of a pause.
    pub refused: usize,
    /// Those with EXPIRED outside of a pause.
    pub expired: usize,
    /// The most visits of one of them.
    pub visits: u32,
}

impl Traces {
    /// None of them, with the room of others.
    pub fn clear(&mut self) {
        self.list.clear();
        (self.refused, self.expired, self.visits) = (0, 0, 0);
    }

    /// Adds one.
    pub fn push(&mut self, t: Trace) {
        self.refused += usize::from(t.refused > 0);
        self.expired += usize::from(t.expired > 0);
        self.visits = self.visits.max(t.visits);
        self.list.push(t);
    }
}

/// A loop that goes on for longer than this is meant, in microseconds.
const STORM_LASTS: i64 = 5 * 60_000_000;
const MINUTE: i64 = 60_000_000;

/// What traces are made with.
pub(super) struct Tracer<'a> {
    picture: &'a Picture,
    settings: &'a Settings,
    /// The visits of the pair at hand, in ticks of the window; those before it are negative.
    visits: Vec<i64>,
    /// Times of policy, and others, in ticks.
    gap: i64,
    within: i64,
    minute: u32,
    storm_lasts: i64,
}

impl<'a> Tracer<'a> {
    pub fn new(picture: &'a Picture, settings: &'a Settings) -> Self {
        let ticks = |micros: i64| u32::try_from(micros / picture.tick.max(1)).unwrap_or(u32::MAX);
        Self {
            picture,
            settings,
            visits: Vec::new(),
            gap: i64::from(ticks(settings.visit_gap)),
            within: i64::from(ticks(settings.abuse_within)),
            minute: ticks(MINUTE),
            storm_lasts: i64::from(ticks(STORM_LASTS)),
        }
    }

    /// Looks at a pair, and at what the same user did with the code right before the window.
    pub fn trace(&mut self, pair: &Pair, before: Option<(&Picture, &Pair)>, paused: &Paused) -> Trace {
        let (picture, settings) = (self.picture, self.settings);
        let events = picture.events_of(pair);
        if let ([event], None) = (events, before) {
            return self.once(pair, *event, paused);
        }
        let mut t = Trace {
            user: pair.user.is_some(),
            first: events.first().map_or(0, |e| e.at),
            last: events.last().map_or(0, |e| e.at),
            ..Trace::NONE
        };
        self.visits.clear();
        let mut last_failed = i64::MIN;
        if let Some((earlier, pair)) = before {
            for event in earlier.events_of(pair).iter().filter(|e| settings.failures.contains(e.outcome)) {
                let at = earlier.moment(event.at).saturating_sub(picture.from) / picture.tick.max(1);
                if self.visits.is_empty() || at - last_failed > self.gap {
                    self.visits.push(at);
                }
                last_failed = at;
            }
        }
        for event in events {
            if event.outcome == Outcome::Accepted {
                t.accepted += 1;
                t.last_accepted = event.at;
                t.first_accepted = t.first_accepted.min(event.at);
            }
            if !settings.failures.contains(event.outcome) {
                continue;
            }
            let at = i64::from(event.at);
            if self.visits.is_empty() || at - last_failed > self.gap {
                self.visits.push(at);
            }
            last_failed = at;
            t.first_failed = t.first_failed.min(event.at);
            t.last_failed = event.at;
            t.failed += 1;
            t.count(event.outcome, event.at, paused);
        }
        t.visits = self.most_visits(self.within);
        let tries = settings.storm_tries as usize;
        t.storm = t.user
            && t.failed as usize >= tries
            && last_failed - i64::from(t.first_failed) <= self.storm_lasts
            && events.windows(tries).any(|w| w[tries - 1].at - w[0].at <= self.minute);
        t
    }

    /// The same of a user who tried once, as most do. What came of it is as good as random: to guess wrong takes longer than to work
    /// everything out without a branch.
    fn once(&self, pair: &Pair, Event { at, outcome }: Event, paused: &Paused) -> Trace {
        let (accepted, failed) = (outcome == Outcome::Accepted, self.settings.failures.contains(outcome));
        let paused = failed & causes(outcome) & paused.at(at);
        let (n, open) = (u32::from, failed & !paused);
        let (refused, expired) =
            (open & (outcome == Outcome::NotApplicable), open & (outcome == Outcome::Expired));
        let first = |is: bool| if is { at } else { u32::MAX };
        let last = |is: bool| if is { at } else { 0 };
        Trace {
            user: pair.user.is_some(),
            failed: n(failed),
            paused: n(paused),
            refused: n(refused),
            expired: n(expired),
            limited: n(open & (outcome == Outcome::RateLimited)),
            accepted: n(accepted),
            last_accepted: last(accepted),
            first_accepted: first(accepted),
            first_refused: first(refused),
            by_slip: false,
            seen: None,
            first_expired: first(expired),
            first: at,
            last: at,
            first_failed: first(failed),
            last_failed: last(failed),
            visits: n(failed),
            storm: failed & pair.user.is_some() & (self.settings.storm_tries <= 1),
        }
    }

    /// The most visits within a stretch of this length.
    fn most_visits(&self, within: i64) -> u32 {
        let mut start = 0;
        let mut most = 0;
        for (end, at) in self.visits.iter().enumerate() {
            while at - self.visits[start] > within {
                start += 1;
            }
            most = most.max(end + 1 - start);
        }
        most as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Attempt, CodeHash};
    use crate::clusters::tests::scene::code;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_single_try_is_traced_as_any_others(
            user in prop::option::of(0i64..3),
            outcome in 0usize..6,
            at in 0i64..100,
            paused in prop::collection::vec((0u32..100_000, 0u32..50_000), 0..20),
        ) {
            let outcome = Outcome::ALL[outcome];
            let attempt = Attempt { code: code(1), user, outcome, at: at * 1_000_000 };
            let picture = Picture::of(0, 100_000_000, [attempt]);
            let settings = Settings::default();
            let paused = Paused::between(paused.into_iter().map(|(from, length)| (from, from + length)).collect());
            let mut tracer = Tracer::new(&picture, &settings);
            let once = tracer.trace(&picture.pairs[0], None, &paused);
            // A user who did nothing before is treated like one who did.
            let nothing = Picture { codes: vec![CodeHash::Text("".into())], ..Picture::default() };
            let before = Pair { code: 0, user: None, events: 0..0 };
            let long = tracer.trace(&picture.pairs[0], Some((&nothing, &before)), &paused);
            prop_assert_eq!(format!("{once:?}"), format!("{long:?}"));
        }
    }
}
