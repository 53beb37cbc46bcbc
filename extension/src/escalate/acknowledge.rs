//! Taking note of an escalation. It is not silenced: it stays until what caused it is gone.

use super::context::Context;
use super::rules;
use crate::failure::{OrReport, report};
use crate::{changes, db, records};
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;
use promo_guard_core::{Refusal, SqlState, Text};
use serde_json::json;

#[pg_extern(sql = false)]
fn acknowledge_escalation(
    rule: Option<&str>,
    campaign_id: Option<i64>,
    note: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(rule, String),
            name!(campaign_id, Option<i64>),
            name!(acknowledged_at, Option<TimestampWithTimeZone>),
            name!(acknowledged_by, String),
            name!(note, String),
        ),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let rule = Rule::find(rule).or_report()?;
    let note = Text::NOTE.read(note).or_report()?;
    records::lock_chain()?;
    let found = rules::find(rule, &Context::new(Some(db::clock()))?)?;
    if !found.iter().any(|found| found.campaign_id == campaign_id) {
        let of = campaign_id.map_or_else(String::new, |id| format!(" of campaign {id}"));
        return Err(report(
            Refusal::new(SqlState::NoData, format!("no escalation {}{of}", rule.name()))
                .detail("Only a current escalation can be acknowledged.")
                .hint("SELECT rule, campaign_id, detail FROM promo_guard.escalations();"),
        ));
    }
    let rows = db::run(
        include_str!("../../../sql/query/escalate/acknowledge.sql"),
        &[rule.name().into(), campaign_id.into(), note.into()],
        |row| Ok((db::text(row, 1)?, row.get(2)?, row.get(3)?, db::text(row, 4)?, db::text(row, 5)?)),
    )?;
    // Among the actions without a campaign: the campaign's own chain is ordered by its row's lock, which is not wanted here.
    records::Action {
        action: "acknowledge_escalation",
        decision: "ACKNOWLEDGED",
        reason: Some(note),
        after: Some(json!({ "rule": rule.name(), "campaign_id": campaign_id.map(|id| id.to_string()) })),
        ..Default::default()
    }
    .record()?;
    Ok(TableIterator::new(rows))
}
