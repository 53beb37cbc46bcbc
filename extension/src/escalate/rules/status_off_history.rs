//! A campaign's status is not the last that the history recorded, or the history's trigger does not fire: something changed, or
//! can change, unseen. A campaign without a record was created after the history was attached, which recorded all there were.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::setup::history::TRIGGER;
use crate::setup::views;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::campaign::ACTIVE;
use promo_guard_core::escalate::{Detail, Rule};
use std::collections::{HashMap, HashSet};

type Time = Option<TimestampWithTimeZone>;

/// A status that no record explains.
struct Off {
    campaign: i64,
    recorded: Option<String>,
    /// When that was recorded.
    recorded_at: TimestampWithTimeZone,
    status: Option<String>,
    /// When the row was edited last, or when attach_history() found it so.
    seen_at: Time,
}

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let mut found = trigger_off(context)?;
    let now = not_ours(differing(context)?, |_| context.at)?;
    let known: HashSet<i64> = now.iter().map(|off| off.campaign).collect();
    found.extend(now.into_iter().map(|off| {
        let since = Some(off.recorded_at).max(off.seen_at.filter(|edited| *edited <= context.at));
        let detail = Detail::StatusDiffers {
            status: off.status,
            recorded: off.recorded,
            at: Some(micros(off.recorded_at)),
        };
        Found::at_once(Rule::StatusOffHistory, Some(off.campaign), since, detail.to_string())
    }));
    let meanwhile = not_ours(meanwhile(context)?, |off| off.seen_at.unwrap_or(context.at))?;
    found.extend(meanwhile.into_iter().filter(|off| !known.contains(&off.campaign)).map(|off| {
        let detail = Detail::StatusChanged {
            from: off.recorded,
            to: off.status,
            after: Some(micros(off.recorded_at)),
            before: off.seen_at.map(micros),
        };
        Found::at_once(Rule::StatusOffHistory, Some(off.campaign), off.seen_at, detail.to_string())
    }));
    Ok(found)
}

/// Campaigns whose status is not the last recorded one, of those that are PAUSED, were recorded as PAUSED at any time, or were made or
/// edited in the time in which events are remembered: each is found without a look at all of them.
fn differing(context: &Context<'_>) -> Answer<Vec<Off>> {
    let mut now: HashMap<i64, (Option<String>, Time)> =
        context.standing.iter().map(|s| (s.id, (s.status.clone(), s.updated_at))).collect();
    let were_paused = db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_paused.sql"),
        &[],
        |row| db::number(row, 1),
    )?;
    let others: Vec<i64> = were_paused.into_iter().filter(|id| !now.contains_key(id)).collect();
    now.extend(context.app.read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_now.sql"),
        &[others.into()],
        |row| Ok((db::number(row, 1)?, (row.text(2)?, row.get(3)?))),
    )?);
    let last = db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_last.sql"),
        &[now.keys().copied().collect::<Vec<_>>().into()],
        |row| Ok((db::number(row, 1)?, row.text(2)?, row.get::<TimestampWithTimeZone>(3)?)),
    )?;
    let derived = is_derived()?;
    let mut off = Vec::new();
    for (campaign, recorded, at) in last {
        let Some((status, seen_at)) = now.remove(&campaign) else { continue };
        let recorded_at = at.unwrap_or_else(TimestampWithTimeZone::negative_infinity);
        let ended = matches!(status.as_deref(), Some("EXPIRED" | "DEPLETED"));
        let by_time_alone = derived && ended && recorded.as_deref() == Some(ACTIVE);
        // Statuses are as of now: a record later than the moment is left out.
        if recorded_at <= context.at && recorded != status && !by_time_alone {
            off.push(Off { campaign, recorded, recorded_at, status, seen_at });
        }
    }
    Ok(off)
}

/// Whether the status is computed, by an expression or a view written by hand: then it ends by time alone, and nothing is recorded.
fn is_derived() -> Answer<bool> {
    let memory = views::remembered()?.into_iter().find(|m| m.entity == Entity::Campaigns);
    Ok(memory.is_some_and(|m| m.definition.is_none() || m.columns["status"]["sql"].is_string()))
}

/// Pauses and unpauses that attach_history() found to have happened since the last record.
fn meanwhile(context: &Context<'_>) -> Answer<Vec<Off>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_meanwhile.sql"),
        &[context.remembered().into(), context.at.into()],
        |row| {
            Ok(Off {
                campaign: db::number(row, 1)?,
                recorded: row.get(2)?,
                recorded_at: row.get(5)?.unwrap_or_else(TimestampWithTimeZone::negative_infinity),
                status: row.get(3)?,
                seen_at: row.get(4)?,
            })
        },
    )
}

/// Those that no action of promo_guard explains, up to a time for each: the action log has what it did with the trigger off.
fn not_ours(off: Vec<Off>, until: impl Fn(&Off) -> TimestampWithTimeZone) -> Answer<Vec<Off>> {
    if off.is_empty() {
        return Ok(off);
    }
    let ids: Vec<i64> = off.iter().map(|off| off.campaign).collect();
    let since: Vec<_> = off.iter().map(|off| off.recorded_at).collect();
    let until: Vec<_> = off.iter().map(until).collect();
    let ours: HashMap<i64, Option<String>> = db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_ours.sql"),
        &[ids.into(), since.into(), until.into()],
        |row| Ok((db::number(row, 1)?, row.get(2)?)),
    )?
    .into_iter()
    .collect();
    Ok(off.into_iter().filter(|off| ours.get(&off.campaign) != Some(&off.status)).collect())
}

/// The trigger itself, attached by attach_history() and not detached by detach_history().
fn trigger_off(context: &Context<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_trigger.sql"),
        &[TRIGGER.into(), context.at.into()],
        |row| {
            let attached: Time = row.get(2)?;
            let detail = Detail::TriggerOff {
                table: db::text(row, 1)?,
                attached: attached.map(micros),
                dropped: db::flag(row, 3)?,
            };
            Ok(Found::at_once(Rule::StatusOffHistory, None, attached, detail.to_string()))
        },
    )
}
