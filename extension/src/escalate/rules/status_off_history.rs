//! A campaign's status is not the last that the history recorded, or the history's trigger does not fire: something changed, or
//! can change, unseen. A campaign without a record was created after the history was attached, which recorded all there were.

use super::super::look::{Compared, Found, Look, said};
use crate::db::{self, Row};
use crate::failure::Answer;
use crate::setup::history::TRIGGER;
use crate::setup::views;
use crate::statuses::{Last, Statuses};
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use promo_guard_core::binding::Entity;
use promo_guard_core::campaign::ACTIVE;
use promo_guard_core::escalate::Rule;
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

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let mut found = trigger_off(look)?;
    let now = not_ours(differing(look)?, |_| look.at)?;
    let known: HashSet<i64> = now.iter().map(|off| off.campaign).collect();
    found.extend(now.into_iter().map(|off| {
        let since = Some(off.recorded_at).max(off.seen_at.filter(|edited| *edited <= look.at));
        let detail = format!(
            "Its status is {}, the last one recorded is {} of {}: it was changed with the history's trigger off. \
             Who did it is not known. Put the status right, then run SELECT promo_guard.attach_history();",
            word(&off.status),
            word(&off.recorded),
            said(Some(off.recorded_at)),
        );
        Found::at_once(Rule::StatusOffHistory, Some(off.campaign), since, detail)
    }));
    let meanwhile = not_ours(meanwhile(look)?, |off| off.seen_at.unwrap_or(look.at))?;
    found.extend(meanwhile.into_iter().filter(|off| !known.contains(&off.campaign)).map(|off| {
        let detail = format!(
            "It went from {} to {} between {} and {}, while the status history did not record. Who did it is not known.",
            word(&off.recorded),
            word(&off.status),
            said(Some(off.recorded_at)),
            said(off.seen_at),
        );
        Found::at_once(Rule::StatusOffHistory, Some(off.campaign), off.seen_at, detail)
    }));
    Ok(found)
}

fn word(status: &Option<String>) -> &str {
    status.as_deref().unwrap_or("null")
}

/// Campaigns whose status is not the last recorded one.
fn differing(look: &Look<'_>) -> Answer<Vec<Off>> {
    let mut words = Statuses::default();
    let last = last_recorded(look, &mut words)?;
    let derived = is_derived()?;
    // Statuses are today's: what was recorded after this look is another look's business.
    let mut off = Vec::new();
    let mut compare = |row: &Row<'_>| -> SpiResult<()> {
        let Some(campaign) = row.get::<i64>(1)? else { return Ok(()) };
        let Some(Last { status: recorded, at: recorded_at, .. }) = Last::find(&last, campaign) else {
            return Ok(());
        };
        let status = row.text(2)?;
        if derived
            && words.word(recorded) == Some(ACTIVE)
            && matches!(status.as_deref(), Some("EXPIRED" | "DEPLETED"))
        {
            return Ok(());
        }
        if recorded_at <= look.at && words.word(recorded) != status.as_deref() {
            let recorded = words.word(recorded).map(str::to_owned);
            off.push(Off { campaign, recorded, recorded_at, status, seen_at: row.get(3)? });
        }
        Ok(())
    };
    match look.compared {
        Compared::Every => look.app.read(
            include_str!("../../../../sql/query/escalate/rules/status_off_history_now.sql"),
            &[],
            &mut compare,
        )?,
        Compared::Paused => {
            let ids: Vec<i64> = last.iter().map(|last| last.campaign).collect();
            look.app.read(
                include_str!("../../../../sql/query/escalate/rules/status_off_history_now_of.sql"),
                &[ids.into()],
                &mut compare,
            )?
        }
    };
    off.sort_by_key(|off| off.campaign);
    Ok(off)
}

/// Whether the status is computed, by an expression or a view written by hand: then it ends by time alone, and nothing is recorded.
fn is_derived() -> Answer<bool> {
    let memory = views::remembered()?.into_iter().find(|m| m.entity == Entity::Campaigns);
    Ok(memory.is_some_and(|m| m.definition.is_none() || m.columns["status"]["sql"].is_string()))
}

/// The last recorded status of the campaigns that are compared, by id.
fn last_recorded(look: &Look<'_>, words: &mut Statuses) -> Answer<Vec<Last>> {
    if look.compared == Compared::Every {
        return Last::of_all(words);
    }
    let number = |row: &Row<'_>| db::number(row, 1);
    let mut ids = db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_paused.sql"),
        &[],
        number,
    )?;
    ids.extend(look.app.read(
        "SELECT c.id::bigint FROM promo_guard.campaigns AS c WHERE c.status = 'PAUSED'",
        &[],
        number,
    )?);
    ids.sort_unstable();
    ids.dedup();
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_of.sql"),
        &[ids.into()],
        |row| Last::read(row, words),
    )
}

/// Pauses and unpauses that attach_history() found to have happened since the last record.
fn meanwhile(look: &Look<'_>) -> Answer<Vec<Off>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_meanwhile.sql"),
        &[look.remembered().into(), look.at.into()],
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

/// Those that no action of ours explains, up to a time for each: the action log keeps what we did with the trigger off.
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

/// The trigger itself, which we attached and nobody detached by our function.
fn trigger_off(look: &Look<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_trigger.sql"),
        &[TRIGGER.into(), look.at.into()],
        |row| {
            let attached: Time = row.get(2)?;
            let how = if db::flag(row, 3)? { "is gone" } else { "is disabled" };
            let detail = format!(
                "The trigger that records the statuses of {}, attached at {}, {how}: changes past the guard are not recorded. \
                 SELECT promo_guard.attach_history();",
                db::text(row, 1)?,
                said(attached),
            );
            Ok(Found::at_once(Rule::StatusOffHistory, None, attached, detail))
        },
    )
}
