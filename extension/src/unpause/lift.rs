//! The decision: computed on fresh data, then verified under the lock of the campaign's row.

use super::evidence;
use super::facts::{self, VIEWS};
use crate::app::App;
use crate::changes::{Campaigns, Locked};
use crate::failure::{Answer, OrReport, report};
use crate::keys::Keys;
use crate::window::{micros, moment};
use crate::{bake, changes, db, records};
use pgrx::prelude::*;
use promo_guard_core::campaign::ACTIVE;
use promo_guard_core::policy::Policy;
use promo_guard_core::unpause::{Check, Decision, Facts, Plan, Refused};
use promo_guard_core::{Refusal, SqlState};
use serde_json::json;

/// How many times the checks are computed again because the campaign's terms or the policy changed meanwhile. Someone who
/// changes the policy again and again must not hold the row's lock through this call.
const MAX_RESTARTS: u32 = 2;

/// What the caller asks for.
struct Request<'a> {
    id: i64,
    reason: &'a str,
    overrides: Vec<Check>,
    fingerprint: Option<String>,
    bake: bake::Request,
}

/// A campaign whose row is locked, and what was found out about it.
struct Assessed<'a> {
    locked: Locked<'a>,
    policy: Policy,
    facts: Facts,
    /// Set where terms or policy changed more often than the checks are computed.
    keeps_changing: Option<Refused>,
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
) -> crate::failure::returned::Result<
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
            name!(campaign_key, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let read_bake = |policy: &Policy| bake::Request::read(bake, on_regression, policy);
    let mut request = Request {
        id: changes::campaign_id(campaign_id)?,
        reason: changes::reason(reason)?,
        overrides: read_overrides(overrides)?,
        fingerprint: fingerprint.map(read_fingerprint).transpose()?,
        bake: read_bake(&records::policy()?)?,
    };
    let campaigns = Campaigns::open()?;
    let app = App::open(&VIEWS)?;
    // From here on every statement takes a snapshot of its own, also where several calls are one statement of the caller's.
    db::execute("SELECT pg_catalog.pg_current_xact_id()", &[])?;

    let mut assessed = assess(&app, &campaigns, request.id)?;
    request.bake = read_bake(&assessed.policy)?;
    let plan = Plan::of(&assessed.facts, &assessed.policy);
    let decision = decide(&app, &request, &assessed, &plan)?;
    let key = Keys::of(&app, [request.id])?.key(request.id);
    Ok(TableIterator::once(conclude(&request, &mut assessed, &plan, decision, key)?))
}

/// Computes the facts, locks the row, and starts over where the campaign's terms or the policy are not those of the facts.
fn assess<'a>(app: &App, campaigns: &'a Campaigns, id: i64) -> Answer<Assessed<'a>> {
    let mut policy = records::policy()?;
    let mut facts = facts::gather(app, &policy, campaigns.read(id)?, micros(db::clock()))?;
    let locked = campaigns.lock(id)?;
    let mut changes = 0;
    let keeps_changing = loop {
        let in_force = records::policy()?;
        if in_force == policy && locked.row().same_terms(&facts.campaign) {
            break None;
        }
        changes += 1;
        if changes > MAX_RESTARTS {
            // The row is locked since the first comparison, so what changed last is the policy.
            break Some(Refused::KeepsChanging { changes, settings: policy.differences(&in_force) });
        }
        policy = in_force;
        facts = facts::gather(app, &policy, locked.row().clone(), micros(db::clock()))?;
    };
    // used_total and updated_at move under live traffic: they are those of the locked row.
    facts.campaign = locked.row().clone();
    Ok(Assessed { locked, policy, facts, keeps_changing })
}

fn decide(app: &App, request: &Request<'_>, assessed: &Assessed<'_>, plan: &Plan) -> Answer<Decision> {
    if let Some(refused) = &assessed.keeps_changing {
        return Ok(Decision::Refuse(refused.clone()));
    }
    let decision = plan.decide(&request.overrides, request.fingerprint.as_deref());
    if let Decision::Lift(overridden) = &decision
        && !overridden.contains(&Check::GuardWouldNotRepause)
        && let Some(refused) = guard_holds(app, &assessed.policy, request.id)?
    {
        return Ok(Decision::Refuse(refused));
    }
    Ok(decision)
}

/// The replay of the auto-pause rule under the lock.
fn guard_holds(app: &App, policy: &Policy, id: i64) -> Answer<Option<Refused>> {
    let rule = policy.guard();
    let (failures, users) = evidence::guard_now(app, policy, id, micros(db::clock()))?;
    let holds = failures > rule.min_failures && users >= rule.min_users;
    Ok(holds.then_some(Refused::GuardHolds { failures, users, lookback: rule.lookback }))
}

/// Unpauses the campaign or leaves it paused, records it, and gives the answer.
fn conclude(
    request: &Request<'_>,
    assessed: &mut Assessed<'_>,
    plan: &Plan,
    decision: Decision,
    key: String,
) -> Answer<Answered> {
    let Assessed { locked, policy, facts, .. } = assessed;
    let before = json!({ "status": locked.row().status });
    let mut failed: Vec<&'static str> = plan.failed().map(|f| f.check.name()).collect();
    let mut unpaused_at = None;
    let (word, overridden, retry_after, detail) = match decision {
        Decision::Lift(overridden) => {
            let at = db::clock();
            locked.set_status(ACTIVE, at)?;
            unpaused_at = Some(at);
            let overridden: Vec<&'static str> = overridden.into_iter().map(Check::name).collect();
            let result = if overridden.is_empty() {
                format!("All {} checks passed.", plan.findings.len())
            } else {
                format!("Overridden: {}. The override is escalated.", overridden.join(", "))
            };
            let detail = format!("{result} Watch it: SELECT * FROM promo_guard.bake_status({});", request.id);
            ("UNPAUSED", overridden, None, detail)
        }
        Decision::Refuse(refused) => {
            failed.extend(refused.failed_since().map(Check::name));
            let retry_after = match refused {
                // The checks were computed under a policy that is no longer in force.
                Refused::KeepsChanging { .. } => None,
                _ => plan.retry_after(&request.overrides),
            };
            (records::REFUSED, Vec::new(), retry_after, refused.to_string())
        }
    };
    let mut after = json!({
        "fingerprint": plan.fingerprint,
        "verdict": plan.verdict,
        "detail": detail,
        "paused_at": facts.pause.as_ref().ok().and_then(|p| p.at).map(promo_guard_core::moment::utc),
    });
    if unpaused_at.is_some() {
        after["status"] = json!(locked.row().status);
    }
    let recorded = if unpaused_at.is_some() {
        overridden.iter().map(|name| (*name).to_owned()).collect()
    } else {
        request.overrides.iter().map(|check| check.name().to_owned()).collect()
    };
    let action_id = records::Action {
        action: "unpause",
        campaign_id: Some(request.id),
        decision: word,
        reason: Some(request.reason),
        checks: Some(plan.to_json()),
        overrides: Some(recorded),
        policy: Some(policy),
        before: Some(before),
        after: Some(after),
    }
    .record()?;
    if let Some(at) = unpaused_at {
        let paused_at = facts.pause.as_ref().ok().and_then(|p| p.at);
        bake::begin(&request.bake, locked.row(), action_id, at, paused_at)?;
    }
    Ok((
        request.id,
        word,
        locked.row().status.clone(),
        failed,
        overridden,
        retry_after.map(moment),
        action_id,
        detail,
        key,
    ))
}

/// The checks that the caller overrides, each once.
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
        Refusal::new(SqlState::InvalidParameterValue, "the fingerprint is not valid")
            .detail("It is 64 hex digits, as plan_unpause() gives it.")
            .hint("SELECT fingerprint FROM promo_guard.plan_unpause(...); or leave it out."),
    ))
}
