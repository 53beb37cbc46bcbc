//! Discounts due and discounts given are apart, or purchases and the ledger (runbook 5.3, and the trigger event
//! `payments_reconciliation_diff_detected`).

use super::super::look::{Found, Look};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/reconciliation_drift.sql"),
        &[look.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(1)?;
            let n = |column| db::number(row, column);
            let detail = format!(
                "In the last {} {} discounts are missing, {} are surplus, {} apart; the ledger is {} off. \
                 SELECT * FROM promo_guard.settlement_violations(); names them.",
                look.policy.settle_lookback(),
                n(2)?,
                n(3)?,
                db::text(row, 4)?,
                db::text(row, 5)?,
            );
            Ok(Found::at_once(Rule::ReconciliationDrift, None, since, detail).last_at(row.get(6)?))
        },
    )
}
