//! The decision itself: everything computed on fresh data, then made sure of under the lock of the campaign's row.

use super::evidence;
use super::facts::{self, VIEWS};
use crate::app::App;
use crate::changes::{Campaigns, Locked};
use crate::failure::{Answer, OrReport, report};
use crate::window::{micros, moment};
use crate::{bake, changes, db, records};
use pgrx::prelude::*;
use promo_guard_core::campaign::ACTIVE;
use promo_guard_core::policy::Policy;
use promo_guard_core::unpause::{Check, Decision, Facts, Plan};
use promo_guard_core::{Refusal, SqlState};
use serde_json::json;

/// How often the checks are computed anew where row or policy changed meanwhile.
const MOST_RESTARTS: u32 = 2;

/// What the caller wants.
struct Wish<'a> {
    id: i64,
    reason: &'a str,
    overrides: Vec<Check>,
    fingerprint: Option<String>,
    bake: bake::Wish,
}

type Answered = (
    i64,
    &'static str,
    Option<String>,
    Vec<&'static str>,
    Vec<&'static str>,
    Option<TimestampWithTimeZone>,
    i64,
    String,
);

#[pg_extern(sql = false)]
fn unpause(
    campaign_id: Option<i64>,
    reason: Option<&str>,
    overrides: Option<Vec<Option<String>>>,
    fingerprint: Option<&str>,
    bake: Option<Interval>,
    on_regression: Option<&str>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(decision, &'static str),
            name!(status, Option<String>),
            name!(failed_checks, Vec<&'static str>),
            name!(overridden, Vec<&'static str>),
            name!(retry_after, Option<TimestampWithTimeZone>),
            name!(action_id, i64),
            name!(detail, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let wish = Wish {
        id: changes::campaign_id(campaign_id)?,
        reason: changes::reason(reason)?,
        overrides: read_overrides(overrides)?,
        fingerprint: fingerprint.map(read_fingerprint).transpose()?,
        bake: bake::Wish::read(bake, on_regression, &records::policy()?)?,
    };
    let campaigns = Campaigns::open()?;
    let app = App::open(&VIEWS)?;
    // From here on every statement takes a snapshot of its own, also where several calls are one statement of the caller's.
    db::execute("SELECT pg_catalog.pg_current_xact_id()", &[])?;

    let mut policy = records::policy()?;
    let mut facts = facts::gather(&app, &policy, campaigns.read(wish.id)?, micros(db::clock()))?;
    let mut locked = campaigns.lock(wish.id)?;
    let mut restarts = 0;
    loop {
        let in_force = records::policy()?;
        let same = in_force == policy && locked.row().same_terms(&facts.campaign);
        if same {
            break;
        }
        // Once locked the row stays as it is; only the policy can change again.
        if restarts == MOST_RESTARTS {
            break;
        }
        restarts += 1;
        policy = in_force;
        facts = facts::gather(&app, &policy, locked.row().clone(), micros(db::clock()))?;
    }
    // These move under live traffic: they are taken as they are under the lock.
    facts.campaign = locked.row().clone();
    let plan = Plan::of(&facts, &policy);
    let mut decision = plan.decide(&wish.overrides, wish.fingerprint.as_deref());
    if let Decision::Lift(overridden) = &decision
        && !overridden.contains(&Check::GuardWouldNotRepause)
        && let Some(why) = guard_holds(&app, &policy, wish.id)?
    {
        decision = Decision::Refuse(why);
    }
    Ok(TableIterator::once(conclude(&wish, &policy, &facts, &plan, decision, &mut locked)?))
}

/// The replay of the auto-pause rule under the lock.
fn guard_holds(app: &App, policy: &Policy, id: i64) -> Answer<Option<String>> {
    let rule = policy.guard();
    let (failures, users) = evidence::guard_now(app, policy, id, micros(db::clock()))?;
    Ok((failures > rule.min_failures && users >= rule.min_users).then(|| {
        format!(
            "{} fails. The auto-pause rule came to hold meanwhile: {failures} failures of {users} users in the last {}. Look at the new plan.",
            Check::GuardWouldNotRepause.name(),
            rule.lookback
        )
    }))
}

/// Lifts the pause or does not; the record and the answer.
fn conclude(
    wish: &Wish<'_>,
    policy: &Policy,
    facts: &Facts,
    plan: &Plan,
    decision: Decision,
    locked: &mut Locked<'_>,
) -> Answer<Answered> {
    let before = json!({ "status": locked.row().status });
    let mut failed: Vec<&'static str> = plan.failed().map(|f| f.check.name()).collect();
    let mut lifted = None;
    let (word, overridden, retry_after, detail) = match decision {
        Decision::Lift(overridden) => {
            let at = db::clock();
            locked.set_status(ACTIVE, at)?;
            lifted = Some(at);
            let overridden: Vec<&'static str> = overridden.into_iter().map(Check::name).collect();
            let detail = if overridden.is_empty() {
                "All twelve checks passed. Watch it: SELECT * FROM promo_guard.bake_status(campaign_id);"
                    .to_owned()
            } else {
                format!(
                    "Overridden: {}; the override is escalated. Watch it: SELECT * FROM promo_guard.bake_status(campaign_id);",
                    overridden.join(", ")
                )
            };
            ("UNPAUSED", overridden, None, detail)
        }
        Decision::Refuse(why) => {
            // The rule that came to hold under the lock is not in the plan.
            if failed.is_empty() && why.starts_with(Check::GuardWouldNotRepause.name()) {
                failed.push(Check::GuardWouldNotRepause.name());
            }
            (records::REFUSED, Vec::new(), plan.retry_after(&wish.overrides), why)
        }
    };
    let mut after = json!({
        "fingerprint": plan.fingerprint,
        "verdict": plan.verdict,
        "detail": detail,
        "paused_at": facts.pause.as_ref().ok().and_then(|p| p.at).map(promo_guard_core::moment::utc),
    });
    if word != records::REFUSED {
        after["status"] = json!(locked.row().status);
    }
    let asked: Vec<String> = wish.overrides.iter().map(|c| c.name().to_owned()).collect();
    let recorded =
        if word == records::REFUSED { asked } else { overridden.iter().map(|c| (*c).to_owned()).collect() };
    let action_id = records::Action {
        action: "unpause",
        campaign_id: Some(wish.id),
        decision: word,
        reason: Some(wish.reason),
        checks: Some(plan.to_json()),
        overrides: Some(recorded),
        policy: Some(policy),
        before: Some(before),
        after: Some(after),
    }
    .record()?;
    if let Some(at) = lifted {
        let paused_at = facts.pause.as_ref().ok().and_then(|p| p.at);
        bake::begin(&wish.bake, locked.row(), action_id, at, paused_at)?;
    }
    Ok((
        wish.id,
        word,
        locked.row().status.clone(),
        failed,
        overridden,
        retry_after.map(moment),
        action_id,
        detail,
    ))
}

/// The checks that the caller takes upon himself, each once.
fn read_overrides(given: Option<Vec<Option<String>>>) -> Answer<Vec<Check>> {
    let mut overrides = Vec::new();
    for name in given.unwrap_or_default() {
        let Some(name) = name else {
            return Err(report(
                Refusal::new(SqlState::NullValueNotAllowed, "one of the overrides is null")
                    .detail("Each must be the name of a check.")
                    .hint("overrides => '{guard_would_not_repause}'"),
            ));
        };
        let check = Check::to_override(&name).or_report()?;
        if !overrides.contains(&check) {
            overrides.push(check);
        }
    }
    Ok(overrides)
}

/// The fingerprint of a plan.
fn read_fingerprint(text: &str) -> Answer<String> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text);
    }
    Err(report(
        Refusal::new(SqlState::InvalidParameterValue, "the fingerprint is not one")
            .detail("It is 64 hex digits, as plan_unpause() gives it.")
            .hint("SELECT fingerprint FROM promo_guard.plan_unpause(...); or leave it out."),
    ))
}
