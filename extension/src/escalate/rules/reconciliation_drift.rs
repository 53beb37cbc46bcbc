//! Discounts due and discounts given are apart, or purchases and the ledger (runbook 5.3, and the trigger event
//! `payments_reconciliation_diff_detected`).

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::escalate::{Detail, Rule};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/reconciliation_drift.sql"),
        &[context.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(1)?;
            let n = |column| db::number(row, column);
            let detail = Detail::Drift {
                lookback: context.policy.settle_lookback(),
                missing: n(2)?,
                surplus: n(3)?,
                difference: db::text(row, 4)?,
                ledger: db::text(row, 5)?,
            };
            Ok(Found::at_once(Rule::ReconciliationDrift, None, since, detail.to_string())
                .last_at(row.get(6)?))
        },
    )
}
