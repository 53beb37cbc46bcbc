//! The rules, a file each. What a rule asks of the database is in `sql/query/escalate/rules`, under its name.

mod bake_failed;
mod checkpoint_overdue;
mod failures_above_baseline;
mod guard_did_not_fire;
mod high_value_paused;
mod reconciliation_drift;
mod repaused_after_unpause;
mod status_off_history;
mod unpaused_outside_guard;
mod unpaused_with_override;

use super::look::{Found, Look};
use crate::failure::Answer;
use promo_guard_core::escalate::Rule;

/// What a rule finds.
pub fn find(rule: Rule, look: &Look<'_>) -> Answer<Vec<Found>> {
    match rule {
        Rule::HighValuePaused => high_value_paused::find(look),
        Rule::UnpausedOutsideGuard => unpaused_outside_guard::find(look),
        Rule::RepausedAfterUnpause => repaused_after_unpause::find(look),
        Rule::UnpausedWithOverride => unpaused_with_override::find(look),
        Rule::StatusOffHistory => status_off_history::find(look),
        Rule::GuardDidNotFire => guard_did_not_fire::find(look),
        Rule::FailuresAboveBaseline => failures_above_baseline::find(look),
        Rule::ReconciliationDrift => reconciliation_drift::find(look),
        Rule::BakeFailed => bake_failed::find(look),
        Rule::CheckpointOverdue => checkpoint_overdue::find(look),
    }
}
