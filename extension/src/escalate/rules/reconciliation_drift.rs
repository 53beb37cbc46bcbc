//! Discounts due and discounts given are apart, or purchases and the ledger (runbook 5.3, and the trigger event
//! `payments_reconciliation_diff_detected`).

use super::super::context::{Context, Found};
use crate::failure::Answer;
use promo_guard_core::escalate::{Detail, Rule};
use std::collections::BTreeMap;

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let (mut missing, mut surplus) = (0, 0);
    let (mut first, mut last) = (None, None);
    // Of each currency: how far apart discounts are, and how far the ledger is.
    let mut apart: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for (start, _, _, lacking, beyond, _, stars, _, _, ledger, currency) in context.drift()? {
        let ledger = ledger.unwrap_or_default();
        if *lacking == 0 && *beyond == 0 && *stars == 0 && ledger == 0 {
            continue;
        }
        missing += lacking;
        surplus += beyond;
        let of = apart.entry(currency.as_deref().unwrap_or("stars")).or_default();
        *of = (of.0 + i128::from(*stars), of.1 + i128::from(ledger).abs());
        // Buckets come in the order of time.
        first = first.or(*start);
        last = *start;
    }
    if apart.is_empty() {
        return Ok(Vec::new());
    }
    let sums = |of: fn(&(i128, i128)) -> i128| {
        let sums: Vec<_> = apart.iter().map(|(unit, both)| format!("{} {unit}", of(both))).collect();
        sums.join(" and ")
    };
    let detail = Detail::Drift {
        lookback: context.policy.settle_lookback(),
        missing,
        surplus,
        difference: sums(|both| both.0),
        ledger: sums(|both| both.1),
    };
    Ok(vec![Found::at_once(Rule::ReconciliationDrift, None, first, detail.to_string()).last_at(last)])
}
