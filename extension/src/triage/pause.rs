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
    // Where to look, the earlier part first.
    let parts: HashMap<i64, Vec<(Micros, Micros)>> = trails
        .iter()
        .filter(|(_, trail)| trail.recorded.is_none())
        .map(|(id, trail)| {
            let edited = trail.updated_at.unwrap_or(now).min(now);
            let around = (edited.saturating_sub(reach), edited.saturating_add(reach).min(now));
            let lately = now.saturating_sub(reach);
            let parts = if lately <= around.1 { vec![(around.0, now)] } else { vec![around, (lately, now)] };
            (*id, parts)
        })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    let last = |(from, until): (Micros, Micros), step: Micros| (from.max(until.saturating_sub(step)), until);
    let backwards = parts.iter().map(|(id, parts)| (*id, parts.iter().rev().copied().collect())).collect();
    let accepted = nearest(backwards, last, |spans| {
        let (ids, from, until) = columns(spans);
        let args = vec![ids.into(), from.into(), until.into()];
        app.read_within(
            include_str!("../../../sql/query/triage/pause/last_accepted.sql"),
            times(spans),
            args,
            time,
        )
    })?;
    for (id, at) in accepted {
        let Some(trail) = trails.get_mut(&id) else { continue };
        trail.last_accepted = Some(at);
        // A success after the action shows that the pause was undone without promo_guard.
        trail.action = trail.action.take().filter(|action| action.at.is_none_or(|done| at <= done));
    }
    let since =
        |id: &i64, from: Micros| trails.get(id).and_then(|t| t.last_accepted).unwrap_or(from).max(from);
    let parts: Vec<(i64, Vec<(Micros, Micros)>)> = parts
        .into_iter()
        .map(|(id, parts)| {
            let after = parts.iter().map(|(from, until)| (since(&id, *from), *until));
            (id, after.filter(|(from, until)| from <= until).collect())
        })
        .collect();
    let (ids, begin): (Vec<i64>, Vec<_>) =
        parts.iter().map(|(id, parts)| (*id, moment(parts.first().map_or(now, |part| part.0)))).unzip();
    let fixed: HashMap<i64, [Option<TimestampWithTimeZone>; 3]> = db::read(
        include_str!("../../../sql/query/triage/pause/fixed_validity.sql"),
        &[ids.into(), begin.into(), until.into()],
        |row| Ok((db::number(row, 1)?, [row.get(2)?, row.get(3)?, row.get(4)?])),
    )?
    .into_iter()
    .collect();
    let first = |(from, until): (Micros, Micros), step: Micros| (from, until.min(from.saturating_add(step)));
    let expired = nearest(parts, first, |spans| {
        let (ids, from, until) = columns(spans);
        let column = |n: usize| -> Vec<Option<TimestampWithTimeZone>> {
            ids.iter().map(|id| fixed.get(id).and_then(|fixed| fixed[n])).collect()
        };
        let (fixed_at, valid_from, valid_until) = (column(0), column(1), column(2));
        app.read_within(
            include_str!("../../../sql/query/triage/pause/first_expired.sql"),
            times(spans),
            vec![
                ids.into(),
                from.into(),
                until.into(),
                fixed_at.into(),
                valid_from.into(),
                valid_until.into(),
            ],
            time,
        )
    })?;
    for (id, at) in expired {
        if let Some(trail) = trails.get_mut(&id) {
            trail.first_expired = Some(at);
        }
    }
    Ok(())
}

fn time(row: &db::Row<'_>) -> pgrx::spi::SpiResult<(i64, Option<Micros>)> {
    Ok((db::number(row, 1)?, row.get::<TimestampWithTimeZone>(2)?.map(micros)))
}

/// The nearest attempt of each campaign within its parts, the nearest part first. Most lie close: only the campaigns without one are
/// looked for further off, an hour first, a day then, and the rest. `near` is the piece of a part that is so long.
fn nearest(
    mut parts: Vec<(i64, Vec<(Micros, Micros)>)>,
    near: impl Fn((Micros, Micros), Micros) -> (Micros, Micros),
    mut read: impl FnMut(&Spans) -> Answer<Vec<(i64, Option<Micros>)>>,
) -> Answer<HashMap<i64, Micros>> {
    let mut found = HashMap::new();
    let mut steps = [Span::from_minutes(60).micros(), Span::from_days(1).micros()].into_iter();
    loop {
        parts.retain(|(id, parts)| !parts.is_empty() && !found.contains_key(id));
        if parts.is_empty() {
            return Ok(found);
        }
        let step = steps.next();
        let piece = |part| step.map_or(part, |step| near(part, step));
        let spans: Spans = parts
            .iter()
            .filter_map(|(id, parts)| {
                let (from, until) = piece(*parts.first()?);
                Some((*id, from, until))
            })
            .collect();
        found.extend(read(&spans)?.into_iter().filter_map(|(id, at)| Some((id, at?))));
        // A part that was read to its end is done with.
        for (_, parts) in &mut parts {
            if parts.first().is_some_and(|part| piece(*part) == *part) {
                parts.remove(0);
            }
        }
    }
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
