//! Far more users than normal took codes of a batch, and nobody announced it. Each code succeeds once: no failure tells, and no guard.

use super::super::context::{Context, Found};
use crate::failure::Answer;
use crate::window::{micros, moment};
use crate::{classify, db};
use pgrx::prelude::*;
use promo_guard_core::classify::Announcement;
use promo_guard_core::escalate::{Detail, Rule};
use promo_guard_core::{Micros, Span};
use std::collections::{HashMap, HashSet};

/// What is normal is learned from so long before, or from the time since the batch was valid.
const BEFORE: Span = Span::from_days(7);
const HOUR: f64 = 3_600_000_000.0;

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let (policy, lookback) = (&context.policy, context.policy.triage_lookback());
    let from = context.before(lookback);
    let mut used = context.app.read(
        include_str!("../../../../sql/query/escalate/rules/batch_in_use.sql"),
        &[from.into(), context.at.into(), policy.cluster_surge_users().into()],
        |row| {
            let times: (Option<TimestampWithTimeZone>, _) = (row.get(4)?, row.get(5)?);
            Ok((db::text(row, 1)?, row.get::<i64>(2)?, db::number(row, 3)?, times))
        },
    )?;
    let names: Vec<String> = used.iter().map(|(name, ..)| name.clone()).collect();
    let announced = announced(context, names.clone(), micros(from))?;
    used.retain(|(name, ..)| !announced.contains(name));
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let earliest = micros(from).saturating_sub(BEFORE.micros());
    let before = context.app.read(
        include_str!("../../../../sql/query/escalate/rules/batch_in_use_before.sql"),
        &[names.into(), moment(earliest).into(), from.into()],
        |row| {
            let valid: Option<TimestampWithTimeZone> = row.get(3)?;
            Ok((db::text(row, 1)?, (db::number(row, 2)?, valid.map(micros))))
        },
    )?;
    let before: HashMap<String, (i64, Option<i64>)> = before.into_iter().collect();
    let mut found = Vec::new();
    for (name, id, users, (first, last)) in used {
        let (earlier, valid) = before.get(&name).copied().unwrap_or_default();
        let over = micros(from).saturating_sub(valid.map_or(earliest, |valid| valid.max(earliest)));
        // One user more than were seen: a batch that nobody used yet is not infinitely surprising.
        let hours = (over as f64 / HOUR).max(1.0);
        let expected = (earlier as f64 + 1.0) / hours * (lookback.micros() as f64 / HOUR);
        if (users as f64) < policy.cluster_surge_ratio() as f64 * expected {
            continue;
        }
        let detail = Detail::Batch {
            name,
            users: u64::try_from(users).unwrap_or(0),
            minutes: lookback.micros() / 60_000_000,
            normal: earlier as f64 / hours,
        };
        found.push(Found::at_once(Rule::BatchInUse, id, first, detail.to_string()).last_at(last));
    }
    Ok(found)
}

/// Those of these names for which a promotion is announced for a part of the time since `from`.
fn announced(context: &Context<'_>, names: Vec<String>, from: Micros) -> Answer<HashSet<String>> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let covers = |of: &Announcement| of.from <= context.now() && of.until >= from;
    let found = classify::announced(Vec::new(), names, context.at)?.into_iter();
    Ok(found.filter(|(.., of)| covers(of)).filter_map(|(_, name, _)| name).collect())
}
