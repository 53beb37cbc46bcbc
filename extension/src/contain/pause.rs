//! Keeping a campaign paused, by hand and with a reason.

use crate::{changes, db, records};
use pgrx::prelude::*;
use promo_guard_core::campaign::{ACTIVE, PAUSED};
use serde_json::json;

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
            ("PAUSED", "It was ACTIVE; redemptions are refused from now on.".to_owned())
        }
        Some(PAUSED) => ("ALREADY_PAUSED", "It was paused already; the reason is recorded.".to_owned()),
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
    Ok(TableIterator::once((id, decision, locked.row().status.clone(), detail, action_id)))
}
