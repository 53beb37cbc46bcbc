//! Keeping a campaign paused, by hand and with a reason.

use crate::failure::report;
use crate::keys::Keys;
use crate::{changes, db, records};
use pgrx::prelude::*;
use promo_guard_core::campaign::{ACTIVE, PAUSED};
use serde_json::json;

const NOW_PAUSED: &str = "It was ACTIVE; redemptions are refused from now on.";
const ALREADY_PAUSED: &str = "It was paused already; the reason is recorded.";

#[pg_extern(sql = false)]
fn pause(
    campaign_id: Option<i64>,
    reason: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(decision, &'static str),
            name!(status, Option<String>),
            name!(detail, String),
            name!(action_id, i64),
            name!(campaign_key, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let id = changes::campaign_id(campaign_id)?;
    let reason = changes::reason(reason)?;
    let campaigns = changes::Campaigns::open()?;
    let mut locked = campaigns.lock(id)?;
    let before = locked.row().status.clone();
    let (decision, detail) = match before.as_deref() {
        Some(ACTIVE) => {
            locked.set_status(PAUSED, db::clock())?;
            (PAUSED, NOW_PAUSED.to_owned())
        }
        Some(PAUSED) => ("ALREADY_PAUSED", ALREADY_PAUSED.to_owned()),
        other => (
            records::REFUSED,
            format!(
                "Its status is {}: only an ACTIVE campaign can be paused, and this one cannot be redeemed as it is.",
                other.unwrap_or("null")
            ),
        ),
    };
    let after = if decision == records::REFUSED {
        json!({ "detail": detail })
    } else {
        json!({ "status": locked.row().status })
    };
    let action_id = records::Action {
        action: "pause",
        campaign_id: Some(id),
        decision,
        reason: Some(reason),
        before: Some(json!({ "status": before })),
        after: Some(after),
        ..Default::default()
    }
    .record()?;
    let key = Keys::of(campaigns.app(), [id])?.key(id);
    Ok(TableIterator::once((id, decision, locked.row().status.clone(), detail, action_id, key)))
}

/// Every code of a batch that could be redeemed or is paused, in one transaction. A code that is over has nothing to be paused.
#[pg_extern(sql = false)]
fn pause_batch(
    campaign_name: Option<&str>,
    reason: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(decision, &'static str),
            name!(status, Option<String>),
            name!(detail, String),
            name!(action_id, i64),
            name!(campaign_key, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let name = changes::campaign_name(campaign_name)?;
    let reason = changes::reason(reason)?;
    let campaigns = changes::Campaigns::open()?;
    let ids: Vec<i64> = campaigns.batch(name)?.into_iter().map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Err(report(changes::no_batch()));
    }
    campaigns.lock_all(&ids)?;
    // Under the lock, and without what was renamed or added meanwhile.
    let mut codes = campaigns.batch(name)?;
    codes.retain(|(id, status)| {
        ids.binary_search(id).is_ok() && matches!(status.as_deref(), Some(ACTIVE | PAUSED))
    });
    let active: Vec<i64> =
        codes.iter().filter(|(_, status)| status.as_deref() == Some(ACTIVE)).map(|(id, _)| *id).collect();
    campaigns.set_status_of_all(&active, PAUSED, db::clock())?;
    let parts: Vec<records::Part> = codes
        .iter()
        .map(|(id, before)| records::Part {
            campaign_id: Some(*id),
            decision: if before.as_deref() == Some(ACTIVE) { PAUSED } else { "ALREADY_PAUSED" },
            before: Some(json!({ "status": before })),
            after: Some(json!({ "status": PAUSED })),
        })
        .collect();
    let decisions: Vec<&'static str> = parts.iter().map(|part| part.decision).collect();
    let action = records::Action { action: "pause", reason: Some(reason), ..Default::default() };
    let action_ids = action.record_each(parts)?;
    let keys = Keys::of(campaigns.app(), codes.iter().map(|(id, _)| *id))?;
    let rows: Vec<_> = codes
        .into_iter()
        .zip(decisions)
        .zip(action_ids)
        .map(|(((id, _), decision), action_id)| {
            let detail = if decision == PAUSED { NOW_PAUSED } else { ALREADY_PAUSED };
            (id, decision, Some(PAUSED.to_owned()), detail.to_owned(), action_id, keys.key(id))
        })
        .collect();
    Ok(TableIterator::new(rows))
}
