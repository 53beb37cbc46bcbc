//! The rules. A new one is an entry here, its file in the extension, and its tests.

use crate::settle::Severity;
use crate::{Refusal, SqlState};

/// Who must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Decides what a campaign is worth.
    ProductOwner,
    /// Looks after the application and its guard.
    BackendOnCall,
}

impl Target {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProductOwner => "product_owner",
            Self::BackendOnCall => "backend_on_call",
        }
    }
}

/// A reason to escalate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A campaign of high value is paused for longer than policy allows.
    HighValuePaused,
    /// A campaign left PAUSED without an action of promo_guard.
    UnpausedOutsideGuard,
    /// A campaign was paused again while its unpause was being watched.
    RepausedAfterUnpause,
    /// A campaign was unpaused with an overridden check.
    UnpausedWithOverride,
    /// A campaign's status is not the last that the history recorded: the history's trigger was off.
    StatusOffHistory,
    /// The auto-pause rule held for a code, and its campaign stayed ACTIVE.
    GuardDidNotFire,
    /// Far more users than normal took codes of a batch, and no promotion is announced: a leak of single-use codes fails nowhere.
    BatchInUse,
    /// Failures above baseline for longer than a moment: the runbook's third trigger event.
    FailuresAboveBaseline,
    /// Discounts due and discounts given are apart.
    ReconciliationDrift,
    /// The watch after an unpause ended badly.
    BakeFailed,
    /// The promised checkpoint of an open incident has passed.
    CheckpointOverdue,
}

impl Rule {
    /// Every one, in the order of the contract.
    pub const ALL: [Self; 11] = [
        Self::HighValuePaused,
        Self::UnpausedOutsideGuard,
        Self::RepausedAfterUnpause,
        Self::UnpausedWithOverride,
        Self::StatusOffHistory,
        Self::GuardDidNotFire,
        Self::BatchInUse,
        Self::FailuresAboveBaseline,
        Self::ReconciliationDrift,
        Self::BakeFailed,
        Self::CheckpointOverdue,
    ];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HighValuePaused => "high_value_paused",
            Self::UnpausedOutsideGuard => "unpaused_outside_guard",
            Self::RepausedAfterUnpause => "repaused_after_unpause",
            Self::UnpausedWithOverride => "unpaused_with_override",
            Self::StatusOffHistory => "status_off_history",
            Self::GuardDidNotFire => "guard_did_not_fire",
            Self::BatchInUse => "batch_in_use",
            Self::FailuresAboveBaseline => "failures_above_baseline",
            Self::ReconciliationDrift => "reconciliation_drift",
            Self::BakeFailed => "bake_failed",
            Self::CheckpointOverdue => "checkpoint_overdue",
        }
    }

    /// The rule of that name.
    ///
    /// # Errors
    /// 22004 for null, 22023 for any other word.
    pub fn find(name: Option<&str>) -> Result<Self, Refusal> {
        let known = || Self::ALL.map(Self::name).join(", ");
        let name = name.ok_or_else(|| {
            Refusal::new(SqlState::NullValueNotAllowed, "rule is null")
                .hint("SELECT rule, campaign_id FROM promo_guard.escalations();")
        })?;
        Self::ALL.into_iter().find(|rule| rule.name() == name.trim()).ok_or_else(|| {
            Refusal::new(SqlState::InvalidParameterValue, format!("there is no escalation rule \"{name}\""))
                .detail(format!("The rules are {}.", known()))
                .hint("SELECT rule, campaign_id FROM promo_guard.escalations();")
        })
    }

    /// How bad it is: critical where stars may be lost or recording has stopped.
    pub const fn severity(self) -> Severity {
        match self {
            Self::HighValuePaused
            | Self::UnpausedOutsideGuard
            | Self::StatusOffHistory
            | Self::GuardDidNotFire
            | Self::ReconciliationDrift
            | Self::BakeFailed => Severity::Critical,
            Self::RepausedAfterUnpause
            | Self::UnpausedWithOverride
            | Self::BatchInUse
            | Self::FailuresAboveBaseline
            | Self::CheckpointOverdue => Severity::Warning,
        }
    }

    /// Who must know.
    pub const fn escalate_to(self) -> Target {
        match self {
            Self::HighValuePaused | Self::BatchInUse | Self::CheckpointOverdue => Target::ProductOwner,
            _ => Target::BackendOnCall,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_name_and_no_other() {
        for rule in Rule::ALL {
            assert_eq!(Rule::find(Some(rule.name())), Ok(rule));
        }
        assert_eq!(Rule::find(Some("HIGH_VALUE_PAUSED")).unwrap_err().code, SqlState::InvalidParameterValue);
        assert_eq!(Rule::find(None).unwrap_err().code, SqlState::NullValueNotAllowed);
    }
}
