//! The application's auto-pause rule held for a code long enough for its job to have seen it, and the campaign stayed ACTIVE: the
//! job does not run, or does not do what it should.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::Rule;
use promo_guard_core::guard::{Failure, JOB_PERIOD, stretches};
use std::collections::HashMap;

/// Failures of one campaign that are looked at, which bounds the memory.
const MOST_FAILURES: i64 = 300_000;

pub fn find(look: &Look) -> Answer<Vec<Found>> {
    let rule = look.policy.guard();
    let results = look.policy.guard_results();
    let reach =
        Span::from_micros(look.policy.triage_lookback().micros().saturating_add(rule.lookback.micros()));
    let from = look.before(reach);
    let candidates = look.app.read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire.sql"),
        &[from.into(), look.at.into(), results.to_vec().into(), rule.min_failures.into()],
        |row| db::number(row, 1),
    )?;
    let active: HashMap<i64, Option<TimestampWithTimeZone>> = db::read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire_since.sql"),
        &[candidates.clone().into(), look.at.into()],
        |row| Ok((db::number(row, 1)?, row.get(2)?)),
    )?
    .into_iter()
    .collect();
    let mut found = Vec::new();
    for id in candidates {
        // What failed before the campaign was last unpaused was the guard's to judge then.
        let begins = active.get(&id).copied().flatten().filter(|at| *at > from).unwrap_or(from);
        let mut failures = look.app.read(
            include_str!("../../../../sql/query/triage/guard_failures.sql"),
            &[id.into(), begins.into(), look.at.into(), results.to_vec().into(), MOST_FAILURES.into()],
            |row| {
                let at: Option<TimestampWithTimeZone> = row.get(1)?;
                Ok(Failure { at: at.map_or(i64::MIN, micros), user: row.get(2)? })
            },
        )?;
        failures.reverse();
        // The job runs once a minute: in two of them it must have looked.
        let missed = stretches(rule, &failures)
            .into_iter()
            .rfind(|s| s.end.saturating_sub(s.start) >= 2 * JOB_PERIOD.micros());
        if let Some(missed) = missed {
            let within = failures.iter().filter(|f| (missed.start..=missed.end).contains(&f.at)).count();
            let since = Some(moment(missed.start));
            let detail = format!(
                "The auto-pause rule (more than {} failures by {} users or more in {}) held from {} to {}, with {within} more failures, \
                 and the campaign is ACTIVE. See whether the job runs; pause the campaign by hand meanwhile.",
                rule.min_failures,
                rule.min_users,
                rule.lookback,
                said(since),
                said(Some(moment(missed.end))),
            );
            found.push(Found::at_once(Rule::GuardDidNotFire, Some(id), since, detail));
        }
    }
    Ok(found)
}
