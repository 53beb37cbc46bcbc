//! A campaign of high value is paused for longer than policy allows (runbook 7: 30 minutes). It is listed from its pause on, with
//! the time when it becomes overdue.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::settle::lacking;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::{Detail, Episode, Rule, Worth, episode};
use promo_guard_core::triage::{Source, Stretch};
use std::collections::HashMap;

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let mut paused: Vec<_> = context.pauses.iter().collect();
    paused.sort_unstable_by_key(|(id, _)| **id);
    let ids: Vec<i64> = paused.iter().map(|(id, _)| **id).collect();
    let since: Vec<_> = paused.iter().map(|(_, p)| p.at.map_or(context.at, moment)).collect();
    let week = Span::from_days(7).micros();
    let a_week_before: Vec<_> = since.iter().map(|at| moment(micros(*at).saturating_sub(week))).collect();
    let given: HashMap<i64, (bool, i64)> = context
        .app
        .read(
            include_str!("../../../../sql/query/escalate/rules/high_value_paused.sql"),
            &[ids.clone().into(), since.into(), context.at.into(), a_week_before.into()],
            |row| Ok((db::number(row, 1)?, (db::flag(row, 2)?, db::number(row, 3)?))),
        )?
        .into_iter()
        .collect();
    let unknown = value_unknown()?;
    let mut recorded = recorded(context, ids)?;
    let allowed = context.policy.escalate_paused_after();
    let mut found = Vec::new();
    for (&id, pause) in paused {
        let Some(&(alive, stars)) = given.get(&id) else { continue };
        if !alive || unknown.is_none() && stars < context.policy.high_value_stars() {
            continue;
        }
        let worth = unknown.map_or(Worth::Stars(stars), Worth::Unknown);
        let mut pauses = recorded.remove(&id).unwrap_or_default();
        // A pause that the history does not know begins when the evidence says.
        if pauses.last().is_none_or(|last| last.until.is_some())
            && let Some(at) = pause.at
            && pauses.last().and_then(|last| last.until).is_none_or(|until| until <= at)
        {
            pauses.push(Stretch { from: at, until: None });
        }
        found.push(match episode(&pauses, context.now(), allowed) {
            Some(episode) => escalation(context, id, pause.source, worth, episode),
            None if pause.at.is_some_and(|at| at > context.now()) => continue,
            None => {
                let detail = Detail::HighValue { worth, episode: None, estimated: false, allowed };
                Found::at_once(Rule::HighValuePaused, Some(id), None, detail.to_string())
            }
        });
    }
    Ok(found)
}

fn escalation(context: &Context<'_>, id: i64, source: Source, worth: Worth, episode: Episode) -> Found {
    let allowed = context.policy.escalate_paused_after();
    let since = Some(moment(episode.since));
    let estimated = source == Source::Estimated;
    Found {
        rule: Rule::HighValuePaused,
        campaign_id: Some(id),
        since,
        latest: since,
        due_at: Some(moment(episode.due_at)),
        overdue: episode.paused > allowed,
        detail: Detail::HighValue { worth, episode: Some(episode), estimated, allowed }.to_string(),
    }
}

/// The pauses that the history recorded, by campaign.
fn recorded(context: &Context<'_>, ids: Vec<i64>) -> Answer<HashMap<i64, Vec<Stretch>>> {
    let changes = db::read(
        include_str!("../../../../sql/query/escalate/rules/high_value_paused_history.sql"),
        &[ids.into(), context.at.into()],
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
fn value_unknown() -> Answer<Option<&'static str>> {
    let lacking = lacking()?;
    let none = |columns: &[&str]| columns.iter().all(|column| lacking.lacks(column));
    let missing = ["purchases.discount_stars_amount", "purchases.credited_at"]
        .into_iter()
        .find(|column| lacking.lacks(column))
        .or_else(|| {
            none(&["purchases.applied_promo_code_id", "redemptions.applied_purchase_id"])
                .then_some("purchases.applied_promo_code_id or redemptions.applied_purchase_id")
        });
    Ok(missing)
}
