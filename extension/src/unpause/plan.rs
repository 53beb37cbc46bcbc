//! What would be decided, without deciding it.

use super::facts::{self, VIEWS};
use crate::app::App;
use crate::failure::Answer;
use crate::keys::Keys;
use crate::window::{micros, moment};
use crate::{changes, db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::unpause::{Facts, Plan};

/// The plan for a campaign as of now.
fn plan(campaign_id: Option<i64>) -> Answer<(App, Facts, Plan)> {
    let policy = records::policy()?;
    let id = changes::campaign_id(campaign_id)?;
    let app = App::open(&VIEWS)?;
    let campaign = changes::read_campaign(&app, id)?;
    let facts = facts::gather(&app, &policy, campaign, micros(db::clock()))?;
    let plan = Plan::of(&facts, &policy);
    Ok((app, facts, plan))
}

#[pg_extern(sql = false)]
fn check_unpause(
    campaign_id: Option<i64>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(position, i32),
            name!(name, &'static str),
            name!(passed, bool),
            name!(blocking, bool),
            name!(overridable, bool),
            name!(detail, String),
            name!(evidence, JsonB),
        ),
    >,
> {
    let (_, _, plan) = plan(campaign_id)?;
    let rows = plan.findings.into_iter().map(|f| {
        let mut evidence = f.evidence;
        if let (Some(at), Some(object)) = (f.retry_after, evidence.as_object_mut()) {
            object.insert("retry_after".to_owned(), promo_guard_core::moment::utc(at).into());
        }
        (
            f.check.position(),
            f.check.name(),
            f.passed,
            !f.passed,
            f.check.overridable(),
            f.detail,
            JsonB(evidence),
        )
    });
    Ok(TableIterator::new(rows.collect::<Vec<_>>()))
}

#[pg_extern(sql = false)]
fn plan_unpause(
    campaign_id: Option<i64>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(allowed, bool),
            name!(verdict, Option<&'static str>),
            name!(failed_checks, Vec<&'static str>),
            name!(fingerprint, String),
            name!(retry_after, Option<TimestampWithTimeZone>),
            name!(campaign_name, Option<String>),
            name!(status, Option<String>),
            name!(paused_at, Option<TimestampWithTimeZone>),
            name!(campaign_key, String),
        ),
    >,
> {
    let (app, facts, plan) = plan(campaign_id)?;
    let failed: Vec<&'static str> = plan.failed().map(|f| f.check.name()).collect();
    let retry_after = plan.retry_after(&[]).map(moment);
    let paused_at = facts.pause.as_ref().ok().and_then(|p| p.at).map(moment);
    let campaign = facts.campaign;
    let key = Keys::of(&app, [campaign.id])?.key(campaign.id);
    Ok(TableIterator::once((
        campaign.id,
        plan.allowed(),
        plan.verdict,
        failed,
        plan.fingerprint,
        retry_after,
        campaign.name,
        campaign.status,
        paused_at,
        key,
    )))
}
