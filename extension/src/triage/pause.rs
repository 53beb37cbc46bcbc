//! When and why campaigns were paused, looked up for many of them with a handful of statements.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::guard::Failure;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::{Action, Pause, Recorded, STRETCH, Trail};
use promo_guard_core::{Micros, Span};
use std::collections::HashMap;

/// No more failures of one code than these are looked at, which bounds the memory: 24 bytes each.
const MOST_FAILURES: i64 = 300_000;

/// A span of time of a campaign.
type Spans = Vec<(i64, Micros, Micros)>;

/// The pauses of these PAUSED campaigns (id and last edit) as known at `until`.
///
/// # Errors
/// As [`App::read`].
pub fn of(
    app: &App,
    policy: &Policy,
    campaigns: &[(i64, Option<Micros>)],
    until: TimestampWithTimeZone,
) -> Answer<HashMap<i64, Pause>> {
    if campaigns.is_empty() {
        return Ok(HashMap::new());
    }
    let (rule, now) = (policy.guard(), micros(until));
    let mut trails = recorded(campaigns, until)?;
    let reach = policy.verdict_reach();
    follow(app, &mut trails, until, reach)?;
    let spans: Spans = trails
        .iter()
        .map(|(id, trail)| {
            let (from, until) = trail.span(now, reach);
            (*id, from.saturating_sub(rule.lookback.micros()), until)
        })
        .collect();
    // Most campaigns were not paused by the job: one statement spares the failures of those.
    let mut spans = worthwhile(app, policy, &spans)?;
    for (_, from, _) in &mut spans {
        *from = from.saturating_sub(STRETCH.micros());
    }
    let mut failures = guard_failures(app, policy, &spans)?;
    Ok(trails
        .into_iter()
        .map(|(id, trail)| (id, trail.pause(rule, &failures.remove(&id).unwrap_or_default(), now, reach)))
        .collect())
}

/// The trails that our own records left.
fn recorded(
    campaigns: &[(i64, Option<Micros>)],
    until: TimestampWithTimeZone,
) -> Answer<HashMap<i64, Trail>> {
    let attached =
        db::read(include_str!("../../../sql/query/triage/pause/history_attached.sql"), &[], |row| {
            db::flag(row, 1)
        })?;
    let trail =
        |updated_at| Trail { updated_at, history_attached: attached.first().copied(), ..Trail::default() };
    let mut trails: HashMap<i64, Trail> =
        campaigns.iter().map(|(id, updated_at)| (*id, trail(*updated_at))).collect();
    let ids: Vec<i64> = campaigns.iter().map(|(id, _)| *id).collect();
    db::read(
        include_str!("../../../sql/query/triage/pause/records.sql"),
        &[ids.into(), until.into()],
        |row| {
            let Some(trail) = trails.get_mut(&db::number(row, 1)?) else { return Ok(()) };
            let time = |column| row.get::<TimestampWithTimeZone>(column).map(|at| at.map(micros));
            if let (Some(at), Some("PAUSED")) = (time(2)?, row.text(3)?.as_deref()) {
                if db::flag(row, 6)? {
                    // It was found PAUSED when the history was attached: later edits tell nothing of the pause.
                    trail.updated_at = trail.updated_at.into_iter().chain([at]).min();
                } else {
                    let actor = db::text(row, 4)?;
                    let by = match row.text(5)?.filter(|application| !application.is_empty()) {
                        Some(application) => format!("{actor} ({application})"),
                        None => actor,
                    };
                    trail.recorded = Some(Recorded { at, by });
                }
            }
            if let (Some(id), Some("PAUSED")) = (row.get::<i64>(7)?, row.text(12)?.as_deref()) {
                let (action, actor) = (db::text(row, 8)?, db::text(row, 9)?);
                let (reason, at, paused_at) = (row.text(10)?, time(11)?, time(13)?);
                trail.action = Some(Action { action, actor, reason, id, at, paused_at });
            }
            Ok(())
        },
    )?;
    Ok(trails)
}

/// Follows the trails that our history does not have through the attempts on the campaigns' codes: those of `reach` before and after
/// the row's last edit, and of `reach` before now.
fn follow(
    app: &App,
    trails: &mut HashMap<i64, Trail>,
    until: TimestampWithTimeZone,
    reach: Span,
) -> Answer<()> {
    let (now, reach) = (micros(until), reach.micros());
    let edited = |trail: &Trail| trail.updated_at.unwrap_or(now).min(now);
    let begins = |trail: &Trail| edited(trail).saturating_sub(reach);
    let lost = trails.values().filter(|trail| trail.recorded.is_none());
    let read: Vec<(Micros, Micros)> = lost
        .map(|trail| (begins(trail), edited(trail).saturating_add(reach).min(now)))
        .chain([(now.saturating_sub(reach), now)])
        .collect();
    let (ids, begin): (Vec<i64>, Vec<_>) = trails
        .iter()
        .filter(|(_, trail)| trail.recorded.is_none())
        .map(|(id, trail)| (*id, moment(begins(trail))))
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let time =
        |row: &db::Row<'_>| Ok((db::number(row, 1)?, row.get::<TimestampWithTimeZone>(2)?.map(micros)));
    let accepted = app.read_within(
        include_str!("../../../sql/query/triage/pause/last_accepted.sql"),
        read.clone(),
        vec![ids.clone().into(), begin.clone().into(), until.into()],
        time,
    )?;
    for (id, at) in accepted {
        let Some(trail) = trails.get_mut(&id) else { continue };
        trail.last_accepted = at;
        // A success after the action shows that the pause was undone without promo_guard.
        trail.action = trail.action.take().filter(|action| action.at.is_none_or(|done| at <= Some(done)));
    }
    let since: Vec<TimestampWithTimeZone> = ids
        .iter()
        .zip(begin)
        .map(|(id, begin)| trails.get(id).and_then(|trail| trail.last_accepted).map_or(begin, moment))
        .collect();
    let fixed: HashMap<i64, [Option<TimestampWithTimeZone>; 3]> = db::read(
        include_str!("../../../sql/query/triage/pause/fixed_validity.sql"),
        &[ids.clone().into(), since.clone().into(), until.into()],
        |row| Ok((db::number(row, 1)?, [row.get(2)?, row.get(3)?, row.get(4)?])),
    )?
    .into_iter()
    .collect();
    let column = |n: usize| -> Vec<Option<TimestampWithTimeZone>> {
        ids.iter().map(|id| fixed.get(id).and_then(|fixed| fixed[n])).collect()
    };
    let (fixed_at, valid_from, valid_until) = (column(0), column(1), column(2));
    let expired = app.read_within(
        include_str!("../../../sql/query/triage/pause/first_expired.sql"),
        read,
        vec![ids.into(), since.into(), until.into(), fixed_at.into(), valid_from.into(), valid_until.into()],
        time,
    )?;
    for (id, at) in expired {
        if let Some(trail) = trails.get_mut(&id) {
            trail.first_expired = at;
        }
    }
    Ok(())
}

/// Those of these spans in which the campaign's code failed often enough for the auto-pause rule at all.
fn worthwhile(app: &App, policy: &Policy, spans: &Spans) -> Answer<Spans> {
    let (ids, from, until) = columns(spans);
    let found = app.read_within(
        include_str!("../../../sql/query/triage/pause/guard_worthwhile.sql"),
        times(spans),
        vec![
            ids.into(),
            from.into(),
            until.into(),
            policy.guard_results().to_vec().into(),
            policy.guard().min_failures.into(),
        ],
        |row| db::number(row, 1),
    )?;
    Ok(spans.iter().copied().filter(|(id, ..)| found.contains(id)).collect())
}

/// The failures that the auto-pause rule counts on the campaigns' codes, each after its first and up to its second moment, in order of
/// time.
///
/// # Errors
/// As [`App::read`].
pub fn guard_failures(
    app: &App,
    policy: &Policy,
    spans: &[(i64, Micros, Micros)],
) -> Answer<HashMap<i64, Vec<Failure>>> {
    let mut failures: HashMap<i64, Vec<Failure>> = HashMap::new();
    if spans.is_empty() {
        return Ok(failures);
    }
    let (ids, from, until) = columns(spans);
    app.read_within(
        include_str!("../../../sql/query/triage/pause/guard_failures.sql"),
        times(spans),
        vec![
            ids.into(),
            from.into(),
            until.into(),
            policy.guard_results().to_vec().into(),
            MOST_FAILURES.into(),
        ],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(2)?;
            let failure = Failure { at: at.map_or(Micros::MIN, micros), user: row.get(3)? };
            failures.entry(db::number(row, 1)?).or_default().push(failure);
            Ok(())
        },
    )?;
    for found in failures.values_mut() {
        found.reverse();
    }
    Ok(failures)
}

fn times(spans: &[(i64, Micros, Micros)]) -> impl Iterator<Item = (Micros, Micros)> + '_ {
    spans.iter().map(|(_, from, until)| (*from, *until))
}

type Columns = (Vec<i64>, Vec<TimestampWithTimeZone>, Vec<TimestampWithTimeZone>);

fn columns(spans: &[(i64, Micros, Micros)]) -> Columns {
    let times = |at: fn(&(i64, Micros, Micros)) -> Micros| spans.iter().map(|s| moment(at(s))).collect();
    (spans.iter().map(|(id, ..)| *id).collect(), times(|s| s.1), times(|s| s.2))
}
