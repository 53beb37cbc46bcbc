//! What to look up for a verdict, and how the answers become facts: the same in the database and in a test without one.

use super::facts::{Earlier, Ingestion};
use super::sight::some_of;
use super::{Campaign, Pause, Sight, Weights};
use promo_guard_core::{Micros, Span};
use std::collections::BTreeMap;

/// So many of the latest attempts tell how fast they usually come, and what share of strangers is usual among successes:
pub const LATEST: i64 = 2_000;
/// ... no more than this many a code, so that a leak does not become the measure of all things,
const USUAL_PER_CODE: usize = 5;
/// ... and this many in all.
const USUAL: usize = 150;
/// With fewer attempts than this nobody knows what silence is usual.
const ENOUGH: usize = 20;
/// A silence so many times as long as usual is no calm (trap 16),
const SILENCE_RATIO: i64 = 3;
/// ... from this length on.
const SHORTEST_OUTAGE: Micros = 5 * 60_000_000;

/// The span before a pause that explains it: from the lookback before the burst that set it off, to the pause.
pub fn evidence_span(pause: &Pause, lookback: Span) -> Option<(Micros, Micros)> {
    let at = pause.at?;
    let began = pause.guard_since.map_or(at, |since| since.min(at));
    Some((began.saturating_sub(lookback.micros()), at))
}

/// Whether a campaign's own past, redemptions and users are worth looking up.
pub fn worthwhile(campaign: &Campaign, paused: bool, sight: &Sight, weights: &Weights) -> bool {
    let many = |users: u64| users as f64 >= weights.min_users;
    paused
        || many(sight.accepted_users)
        || many(sight.turned_away_users)
        || (many(sight.expired_users) && campaign.valid_until.is_some())
}

/// The campaign's own earlier rates, from what was counted between `from` and `until`; `first` is the first attempt seen there.
pub fn earlier(
    campaign: &Campaign,
    (from, until): (Micros, Micros),
    counted: Earlier,
    first: Option<Micros>,
) -> Earlier {
    let began = first.map(|first| first.max(from).max(campaign.valid_from.unwrap_or(Micros::MIN)));
    let minutes = began.map_or(0.0, |began| (until.saturating_sub(began)).max(0) as f64 / 60e6);
    // A rate taken from less than half an hour is none.
    if minutes < 30.0 { Earlier::default() } else { Earlier { minutes, ..counted } }
}

/// Users accepted lately, given as (campaign, user), some of each code's: enough for [`of_others`], whichever code is left out.
pub fn usual_samples(accepted: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut by_code: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (campaign, user) in accepted {
        by_code.entry(*campaign).or_default().push(*user);
    }
    let each = by_code.into_iter().flat_map(|(campaign, users)| {
        some_of(users, USUAL_PER_CODE).into_iter().map(move |user| (campaign, user))
    });
    each.take(USUAL + USUAL_PER_CODE).collect()
}

/// Of these, those of whom the usual share of strangers is taken for a campaign: users of other codes.
pub fn of_others<T>(samples: &[T], campaign: impl Fn(&T) -> i64, not_of: i64) -> impl Iterator<Item = &T> {
    samples.iter().filter(move |sample| campaign(sample) != not_of).take(USUAL)
}

/// Whether attempts still arrive, by the latest of them, newest first. A silence is measured by the silences before it, and
/// not by the rate of attempts, which a burst would raise.
pub fn ingestion(as_of: Micros, latest: &[Micros]) -> Ingestion {
    let Some(last) = latest.first() else { return Ingestion::Unknown };
    let silence = as_of.saturating_sub(*last);
    let mut gaps: Vec<Micros> = latest.windows(2).map(|w| w[0].saturating_sub(w[1])).collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    // The two longest may be outages themselves.
    let usual = gaps.get(2).copied().unwrap_or(Micros::MAX);
    let dead = latest.len() >= ENOUGH && silence >= SHORTEST_OUTAGE && silence / SILENCE_RATIO > usual;
    if dead { Ingestion::Dead(silence) } else { Ingestion::Alive }
}
