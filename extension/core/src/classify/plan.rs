//! What to look up for a verdict, and how the answers become facts: the same in the database and in a test without one.

use super::facts::{Earlier, Ingestion};
use super::sight::some_of;
use super::{Campaign, Sight, Weights};
use crate::triage::Pause;
use crate::{Micros, Span};
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

/// Of campaigns that are worth it and are not paused, so many are looked up because their users fail, the most failing first,
const MOST_FAILING: usize = 300;
/// ... and so many because they are much used: what fails without a failed attempt (trap 7) is sought among these.
const MOST_USED: usize = 100;

/// Which of these campaigns are looked up: all that are paused, and of the others no more than a page can wait for. The answer
/// does not depend on their order.
pub fn chosen(campaigns: &[(&Campaign, bool, &Sight)], weights: &Weights) -> Vec<bool> {
    let failing = |s: &Sight| s.turned_away_users + s.repeat_users + s.expired_users;
    let odd = |c: &Campaign| c.scope_known == Some(false);
    let mut chosen: Vec<bool> = campaigns.iter().map(|(_, paused, _)| *paused).collect();
    let worth: Vec<usize> = (0..campaigns.len())
        .filter(|i| !chosen[*i] && worthwhile(campaigns[*i].0, false, campaigns[*i].2, weights))
        .collect();
    let mut take = |most: usize, rank: &dyn Fn(&Campaign, &Sight) -> u64| {
        let mut ranked: Vec<(u64, i64, usize)> = worth
            .iter()
            .map(|i| (rank(campaigns[*i].0, campaigns[*i].2), campaigns[*i].0.id, *i))
            .filter(|(rank, ..)| *rank > 0)
            .collect();
        ranked.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.iter().take(most).for_each(|(.., i)| chosen[*i] = true);
    };
    let min = weights.min_users as u64;
    take(MOST_FAILING, &|_, s| Some(failing(s)).filter(|n| *n >= min).unwrap_or(0));
    take(MOST_USED, &|c, s| if odd(c) { u64::MAX } else { s.accepted_users });
    chosen
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

/// Columns whose absence makes a verdict less certain.
pub const COLUMNS: &[&str] = &[
    "campaigns.code_hash",
    "campaigns.new_users_only",
    "campaigns.first_purchase_only",
    "attempts.user_id",
    "attempts.metadata",
    "redemptions.promo_code_id",
    "redemptions.user_id",
    "redemptions.applied_at",
    "purchases.user_id",
    "purchases.created_at",
    "purchases.applied_promo_code_id",
];
