//! A campaign of high value is paused for longer than policy allows (runbook 7: 30 minutes). It is listed from its pause on, with
//! when that will be, so that nobody is surprised.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use crate::settle::lacking;
use crate::triage::{pause, paused};
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::{Episode, Rule, episode};
use promo_guard_core::triage::{Source, Stretch};
use std::collections::HashMap;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let edits: Vec<_> = paused::list(&look.app, None)?
        .into_iter()
        .map(|campaign| (campaign.id, campaign.updated_at.map(micros)))
        .collect();
    let mut paused: Vec<_> = pause::of(&look.app, &look.policy, &edits, look.at)?.into_iter().collect();
    paused.sort_unstable_by_key(|(id, _)| *id);
    let ids: Vec<i64> = paused.iter().map(|(id, _)| *id).collect();
    let since: Vec<_> = paused.iter().map(|(_, p)| p.at.map_or(look.at, moment)).collect();
    let week = Span::from_days(7).micros();
    let a_week_before: Vec<_> = since.iter().map(|at| moment(micros(*at).saturating_sub(week))).collect();
    let given: HashMap<i64, (bool, i64)> = look
        .app
        .read(
            include_str!("../../../../sql/query/escalate/rules/high_value_paused.sql"),
            &[ids.clone().into(), since.into(), look.at.into(), a_week_before.into()],
            |row| Ok((db::number(row, 1)?, (db::flag(row, 2)?, db::number(row, 3)?))),
        )?
        .into_iter()
        .collect();
    let unknown = value_unknown()?;
    let mut recorded = recorded(look, ids)?;
    let allowed = look.policy.escalate_paused_after();
    let mut found = Vec::new();
    for (id, pause) in paused {
        let Some(&(alive, stars)) = given.get(&id) else { continue };
        if !alive || unknown.is_none() && stars < look.policy.high_value_stars() {
            continue;
        }
        let worth =
            unknown.clone().unwrap_or_else(|| format!("It gave {stars} discount stars in the 7 days before"));
        let mut pauses = recorded.remove(&id).unwrap_or_default();
        // A pause that the history does not know begins when the evidence says.
        if pauses.last().is_none_or(|last| last.until.is_some())
            && let Some(at) = pause.at
            && pauses.last().and_then(|last| last.until).is_none_or(|until| until <= at)
        {
            pauses.push(Stretch { from: at, until: None });
        }
        found.push(match episode(&pauses, look.now(), allowed) {
            Some(episode) => escalation(look, id, pause.source, &worth, episode),
            None if pause.at.is_some_and(|at| at > look.now()) => continue,
            None => Found::at_once(
                Rule::HighValuePaused,
                Some(id),
                None,
                format!("{worth}, and it is paused since a time that is not known."),
            ),
        });
    }
    Ok(found)
}

fn escalation(look: &Look<'_>, id: i64, source: Source, worth: &str, episode: Episode) -> Found {
    let allowed = look.policy.escalate_paused_after();
    let due_at = moment(episode.due_at);
    let overdue = episode.paused > allowed;
    let minutes = episode.paused.micros() / 60_000_000;
    let pauses = match episode.pauses {
        1 => String::new(),
        n => format!(" in {n} pauses, which count as one"),
    };
    let known = if source == Source::Estimated { " at least: when the pause began is not known" } else { "" };
    let then = if overdue {
        format!("Policy allows {allowed}: the product owner decides how to go on.")
    } else {
        format!("The product owner must know at {} if it must stay paused.", said(Some(due_at)))
    };
    let since = Some(moment(episode.since));
    Found {
        rule: Rule::HighValuePaused,
        campaign_id: Some(id),
        since,
        latest: since,
        due_at: Some(due_at),
        overdue,
        detail: format!("{worth}, and it has been paused for {minutes} min{pauses}{known}. {then}"),
    }
}

/// The pauses that the history recorded, by campaign.
fn recorded(look: &Look<'_>, ids: Vec<i64>) -> Answer<HashMap<i64, Vec<Stretch>>> {
    let changes = db::read(
        include_str!("../../../../sql/query/escalate/rules/high_value_paused_history.sql"),
        &[ids.into(), look.at.into()],
        |row| Ok((db::number(row, 1)?, db::flag(row, 2)?, row.get::<TimestampWithTimeZone>(3)?)),
    )?;
    let mut pauses: HashMap<i64, Vec<Stretch>> = HashMap::new();
    for (id, paused, at) in changes {
        let Some(at) = at.map(micros) else { continue };
        let known = pauses.entry(id).or_default();
        match known.last_mut() {
            Some(last) if !paused && last.until.is_none() => last.until = Some(at),
            _ if paused => known.push(Stretch { from: at, until: None }),
            _ => {}
        }
    }
    Ok(pauses)
}

/// Why the value of a campaign cannot be known in this application. Then each is taken to be of high value.
fn value_unknown() -> Answer<Option<String>> {
    let lacking = lacking()?;
    let none = |columns: &[&str]| columns.iter().all(|column| lacking.lacks(column));
    let missing = ["purchases.discount_stars_amount", "purchases.credited_at"]
        .into_iter()
        .find(|column| lacking.lacks(column))
        .or_else(|| {
            none(&["purchases.applied_promo_code_id", "redemptions.applied_purchase_id"])
                .then_some("purchases.applied_promo_code_id or redemptions.applied_purchase_id")
        });
    Ok(missing.map(|columns| {
        format!("What it is worth is not known (the application has no column for {columns})")
    }))
}
