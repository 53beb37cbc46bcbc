//! The application's auto-pause rule held for a code long enough for its job to have seen it, and the campaign stayed ACTIVE: the
//! job does not run, or does not do what it should.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::triage::pause;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::{Detail, Rule};
use promo_guard_core::guard::{JOB_PERIOD, stretches};
use std::collections::{BTreeMap, HashMap};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let rule = context.policy.guard();
    let reach =
        Span::from_micros(context.policy.triage_lookback().micros().saturating_add(rule.lookback.micros()));
    let from = context.before(reach);
    let candidates = failing(context, from)?;
    let active: HashMap<i64, Option<TimestampWithTimeZone>> = db::read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire_since.sql"),
        &[candidates.clone().into(), context.at.into()],
        |row| Ok((db::number(row, 1)?, row.get(2)?)),
    )?
    .into_iter()
    .collect();
    // What failed before the campaign was last unpaused was the guard's to judge then.
    let begins = |id: &i64| active.get(id).copied().flatten().filter(|at| *at > from).unwrap_or(from);
    let spans: Vec<_> = candidates.iter().map(|id| (*id, micros(begins(id)), context.now())).collect();
    let mut failures = pause::guard_failures(&context.app, &context.policy, &spans)?;
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
            let detail =
                Detail::GuardSilent { rule, from: missed.start, to: missed.end, failures: within as u64 };
            found.push(Found::at_once(Rule::GuardDidNotFire, Some(id), since, detail.to_string()));
        }
    }
    Ok(found)
}

/// The ACTIVE campaigns with more failures since `from` than the guard allows; each is then checked by its stretches.
fn failing(context: &Context<'_>, from: TimestampWithTimeZone) -> Answer<Vec<i64>> {
    let results = context.policy.guard_results();
    let most = context.policy.guard().min_failures;
    let mut failures: BTreeMap<i64, i64> = BTreeMap::new();
    let (mut until, mut least) = (context.at, most);
    if let Some((reading, outcomes)) = context.counted(results) {
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
    context.app.read(
        include_str!("../../../../sql/query/escalate/rules/guard_did_not_fire.sql"),
        &[from.into(), until.into(), results.to_vec().into(), least.into()],
        |row| {
            *failures.entry(db::number(row, 1)?).or_default() += db::number(row, 2)?;
            Ok(())
        },
    )?;
    Ok(failures.into_iter().filter(|(_, n)| *n > most).map(|(id, _)| id).collect())
}
