//! The rules, a file each. What a rule asks of the database is in `sql/query/escalate/rules`, under its name.

mod bake_failed;
mod batch_in_use;
mod checkpoint_overdue;
mod failures_above_baseline;
mod guard_did_not_fire;
mod high_value_paused;
mod reconciliation_drift;
mod repaused_after_unpause;
mod status_off_history;
mod unpaused_outside_guard;
mod unpaused_with_override;

use super::context::{Context, Found};
use crate::failure::Answer;
use promo_guard_core::escalate::Rule;

/// What a rule finds.
pub fn find(rule: Rule, context: &Context<'_>) -> Answer<Vec<Found>> {
    match rule {
        Rule::HighValuePaused => high_value_paused::find(context),
        Rule::UnpausedOutsideGuard => unpaused_outside_guard::find(context),
        Rule::RepausedAfterUnpause => repaused_after_unpause::find(context),
        Rule::UnpausedWithOverride => unpaused_with_override::find(context),
        Rule::StatusOffHistory => status_off_history::find(context),
        Rule::GuardDidNotFire => guard_did_not_fire::find(context),
        Rule::BatchInUse => batch_in_use::find(context),
        Rule::FailuresAboveBaseline => failures_above_baseline::find(context),
        Rule::ReconciliationDrift => reconciliation_drift::find(context),
        Rule::BakeFailed => bake_failed::find(context),
        Rule::CheckpointOverdue => checkpoint_overdue::find(context),
    }
}
