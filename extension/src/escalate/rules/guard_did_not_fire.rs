//! The application's auto-pause rule held for a code long enough for its job to have seen it, and the campaign stayed ACTIVE: the
//! job does not run, or does not do what it should.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use crate::triage::pause;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::Rule;
use promo_guard_core::guard::{JOB_PERIOD, stretches};
use std::collections::{BTreeMap, HashMap};

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let rule = look.policy.guard();
    let reach =
        Span::from_micros(look.policy.triage_lookback().micros().saturating_add(rule.lookback.micros()));
    let from = look.before(reach);
    let candidates = failing(look, from)?;
    let active: HashMap<i64, Option<TimestampWithTimeZone>> = db::read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire_since.sql"),
        &[candidates.clone().into(), look.at.into()],
        |row| Ok((db::number(row, 1)?, row.get(2)?)),
    )?
    .into_iter()
    .collect();
    // What failed before the campaign was last unpaused was the guard's to judge then.
    let begins = |id: &i64| active.get(id).copied().flatten().filter(|at| *at > from).unwrap_or(from);
    let spans: Vec<_> = candidates.iter().map(|id| (*id, micros(begins(id)), look.now())).collect();
    let mut failures = pause::guard_failures(&look.app, &look.policy, &spans)?;
    let mut found = Vec::new();
    for id in candidates {
        let failures = failures.remove(&id).unwrap_or_default();
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

/// The ACTIVE campaigns with more failures since `from` than the guard allows: few, and looked at one by one.
fn failing(look: &Look<'_>, from: TimestampWithTimeZone) -> Answer<Vec<i64>> {
    let results = look.policy.guard_results();
    let most = look.policy.guard().min_failures;
    let mut failures: BTreeMap<i64, i64> = BTreeMap::new();
    let (mut until, mut least) = (look.at, most);
    if let Some((reading, outcomes)) = look.counted(results) {
        let picture = &reading.picture;
        for campaign in &reading.tried {
            let (Some(id), Some(code), Some("ACTIVE")) =
                (campaign.id, campaign.place, campaign.status.as_deref())
            else {
                continue;
            };
            let pairs = picture.pairs[picture.pairs_of(code)].iter();
            let events = pairs.flat_map(|pair| picture.events_of(pair));
            let failed =
                events.filter(|e| outcomes.contains(e.outcome) && picture.moment(e.at) > micros(from));
            failures.insert(id, failed.count() as i64);
        }
        (until, least) = (moment(picture.from.saturating_sub(1)), 0);
    }
    look.app.read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire.sql"),
        &[from.into(), until.into(), results.to_vec().into(), least.into()],
        |row| {
            *failures.entry(db::number(row, 1)?).or_default() += db::number(row, 2)?;
            Ok(())
        },
    )?;
    Ok(failures.into_iter().filter(|(_, n)| *n > most).map(|(id, _)| id).collect())
}
