//! What one user did with one known code.

use super::pauses::Paused;
use super::picture::{Pair, Picture};
use super::settings::Settings;
use crate::attempt::Outcome;

/// A pair of a known code in figures.
#[derive(Debug, Clone, Copy, Default)]
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
    /// First EXPIRED outside a pause.
    pub first_expired: u32,
    /// First attempt.
    pub first: u32,
    /// Last attempt.
    pub last: u32,
    /// First failed attempt.
    pub first_failed: u32,
    /// Failed attempts, those close together taken as one: how often the user came back (trap 5).
    pub visits: u32,
    /// A client in a loop: a crowd of failures within a minute, and over soon after.
    pub storm: bool,
}

impl Trace {
    /// Failed attempts outside of pauses.
    pub const fn open_failed(&self) -> u32 {
        self.failed - self.paused
    }
}

/// A loop that goes on for longer than this is meant, in microseconds.
const STORM_LASTS: i64 = 5 * 60_000_000;
const MINUTE: i64 = 60_000_000;

/// Looks at a pair.
pub(super) fn trace(picture: &Picture, pair: &Pair, paused: &Paused, settings: &Settings) -> Trace {
    let events = picture.events_of(pair);
    let ticks = |micros: i64| u32::try_from(micros / picture.tick.max(1)).unwrap_or(u32::MAX);
    let gap = ticks(settings.visit_gap);
    let mut t = Trace {
        user: pair.user.is_some(),
        first: events.first().map_or(0, |e| e.at),
        last: events.last().map_or(0, |e| e.at),
        first_failed: u32::MAX,
        first_expired: u32::MAX,
        ..Trace::default()
    };
    let mut last_failed = 0;
    for event in events {
        if event.outcome == Outcome::Accepted {
            t.accepted += 1;
            t.last_accepted = event.at;
        }
        if !settings.failures.contains(event.outcome) {
            continue;
        }
        if t.failed == 0 {
            t.first_failed = event.at;
            t.visits = 1;
        } else if event.at - last_failed > gap {
            t.visits += 1;
        }
        last_failed = event.at;
        t.failed += 1;
        if paused.at(event.at) {
            t.paused += 1;
            continue;
        }
        match event.outcome {
            Outcome::NotApplicable => t.refused += 1,
            Outcome::Expired => {
                t.expired += 1;
                t.first_expired = t.first_expired.min(event.at);
            }
            Outcome::RateLimited => t.limited += 1,
            _ => {}
        }
    }
    let (tries, minute) = (settings.storm_tries as usize, ticks(MINUTE));
    t.storm = t.user
        && t.failed as usize >= tries
        && last_failed - t.first_failed <= ticks(STORM_LASTS)
        && events.windows(tries).any(|w| w[tries - 1].at - w[0].at <= minute);
    t
}
