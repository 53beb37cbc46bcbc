//! Failure clusters, and who is in them.

use super::pause;
use crate::app::App;
use crate::classify;
use crate::clusters::{Reading, facts, give_up, paused};
use crate::failure::Answer;
use crate::records;
use crate::window::{Window, max_rows as rows_shown, moment};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::attempt::{CodeHash, Outcome};
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::{Division, Picture, Ruling, Settings};
use promo_guard_core::triage::Pause;
use promo_guard_core::words::grouped;
use std::collections::HashMap;

/// What `take` makes of the failures of a window, divided.
fn divided<T>(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    take: impl FnOnce(Division<'_>) -> T,
) -> Answer<(Picture, Settings, T)> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions])?;
    let settings = Settings::from(&policy);
    let reading = Reading::new(app, policy, window)?;
    let pauses = pause::of(&reading.app, &reading.policy, &paused(&reading, &settings), window.until)?;
    // Without one of the views that a verdict needs there is none, and the clusters stand alone.
    let rulings = |doubtful| match App::open(&classify::VIEWS) {
        Ok(_) => classify::rulings(&reading, doubtful, &pauses),
        Err(_) => Ok(HashMap::new()),
    };
    let taken = divide(&reading, &settings, &pauses, rulings, take)?;
    let picture = reading.picture;
    if picture.uncounted > 0 {
        let all = picture.uncounted + picture.events.len() as u64;
        pgrx::warning!(
            "{} of the {} attempts in the lookback were not analysed (policy cluster_max_attempts)",
            grouped(picture.uncounted),
            grouped(all)
        );
    }
    Ok((picture, settings, taken))
}

/// What `take` makes of the failures of a window that was read, divided. `pauses` as for [`facts`]; `rulings` gives what the verdicts
/// on the campaigns it is asked about say: a cluster says no more.
///
/// # Errors
/// As [`App::read`].
pub fn divide<T>(
    reading: &Reading,
    settings: &Settings,
    pauses: &HashMap<i64, Pause>,
    rulings: impl FnOnce(Vec<i64>) -> Answer<HashMap<i64, Ruling>>,
    take: impl FnOnce(Division<'_>) -> T,
) -> Answer<T> {
    let (facts, draft) = facts(reading, settings, pauses)?;
    pgrx::check_for_interrupts!();
    let mut division = draft.divide(&reading.picture, &facts, settings, &mut give_up);
    let doubtful = division.doubtful();
    if !doubtful.is_empty() {
        division.follow(&rulings(doubtful)?, &mut give_up);
    }
    Ok(take(division))
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[pg_extern(sql = false)]
fn failure_clusters(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    max_rows: Option<i32>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(cluster_id, String),
            name!(kind, &'static str),
            name!(campaign_id, Option<i64>),
            name!(attempts, i64),
            name!(users, i64),
            name!(codes, i64),
            name!(results, JsonB),
            name!(first_seen, TimestampWithTimeZone),
            name!(last_seen, TimestampWithTimeZone),
            name!(peak_per_minute, i64),
            name!(active, bool),
            name!(recovered_users, i64),
            name!(score, f64),
            name!(explanation, String),
            name!(series, Vec<i64>),
            name!(accepted, i64),
            name!(uncounted, i64),
        ),
    >,
> {
    let limit = rows_shown(max_rows)?.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let (picture, _, clusters) = divided(lookback, as_of, |division| division.worst(limit, &mut give_up))?;
    let uncounted = number(picture.uncounted);
    drop(picture);
    Ok(TableIterator::new(clusters.into_iter().map(move |c| {
        let results = Outcome::ALL.iter().zip(c.results).filter(|(_, n)| *n > 0);
        let results = results.map(|(outcome, n)| (outcome.name().to_owned(), n.into())).collect();
        (
            c.id,
            c.kind.name(),
            c.campaign,
            number(c.attempts),
            number(c.users),
            number(c.codes),
            JsonB(serde_json::Value::Object(results)),
            moment(c.first_seen),
            moment(c.last_seen),
            number(c.peak_per_minute),
            c.active,
            number(c.recovered_users),
            c.score,
            c.explanation,
            c.series.into_iter().map(i64::from).collect(),
            number(c.accepted),
            uncounted,
        )
    })))
}

#[pg_extern(sql = false)]
fn failure_cluster_members(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(cluster_id, String),
            name!(user_id, Option<i64>),
            name!(code_hash, Option<String>),
            name!(attempts, i64),
        ),
    >,
> {
    let (picture, settings, clusters) = divided(lookback, as_of, |division| division.all(&mut give_up))?;
    // One at a time: there may be millions.
    let rows = (0..picture.pairs.len()).filter_map(move |at| {
        let cluster = clusters.clusters.get(*clusters.of_pair.get(at)? as usize)?;
        let pair = &picture.pairs[at];
        let failed = picture.events_of(pair).iter().filter(|e| settings.failures.contains(e.outcome)).count();
        let code = picture.codes.get(pair.code as usize);
        // An attempt without a code is one on the code without a name.
        let code = code.filter(|code| **code != CodeHash::Text("".into())).map(ToString::to_string);
        Some((cluster.id.clone(), picture.user_of(pair), code, failed as i64))
    });
    Ok(TableIterator::new(rows))
}
