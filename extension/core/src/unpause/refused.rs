//! Why a campaign stays paused.

use super::{Check, Finding};
use crate::Span;
use crate::words::counted;
use std::fmt;

/// Why a campaign was not unpaused. Its text is the answer's `detail`: sentences that end in what to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// The fingerprint is not that of the plan as it is now.
    PlanChanged,
    /// These checks fail and were not overridden.
    ChecksFailed(Vec<Finding>),
    /// The auto-pause rule began to hold after the checks were computed.
    GuardHolds {
        /// Failures that the rule counts.
        failures: i64,
        /// Users who failed.
        users: i64,
        /// The rule's lookback.
        lookback: Span,
    },
    /// The campaign's terms or the policy changed each time while the checks were computed.
    KeepsChanging {
        /// How many times.
        changes: u32,
        /// The settings of the policy that the last change was about.
        settings: Vec<&'static str>,
    },
}

impl Refused {
    /// A check that fails although the plan's finding says that it passed.
    pub fn failed_since(&self) -> Option<Check> {
        match self {
            Self::GuardHolds { .. } => Some(Check::GuardWouldNotRepause),
            Self::PlanChanged | Self::ChecksFailed(_) | Self::KeepsChanging { .. } => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlanChanged => f.write_str(
                "The plan changed since it was shown: the campaign's terms, the policy, the verdict or the failed checks. Read the new plan, then decide again.",
            ),
            Self::ChecksFailed(findings) => {
                match findings.as_slice() {
                    [one] => write!(f, "{} fails.", one.check.name())?,
                    many => {
                        let names: Vec<_> = many.iter().map(|f| f.check.name()).collect();
                        write!(f, "{} checks fail: {}.", many.len(), names.join(", "))?;
                    }
                }
                for finding in findings.iter().take(2) {
                    write!(f, " {}", finding.detail)?;
                }
                Ok(())
            }
            Self::GuardHolds { failures, users, lookback } => write!(
                f,
                "{} fails. The auto-pause rule began to hold while the checks were computed: {} from {} in the last {lookback}. Read the new plan.",
                Check::GuardWouldNotRepause.name(),
                counted(*failures, "failure"),
                counted(*users, "user"),
            ),
            Self::KeepsChanging { changes, settings } => write!(
                f,
                "The campaign's terms or the policy changed {changes} times while the checks were computed, the last time policy {}. Nothing was decided. See who changes the policy, then try again: SELECT at, actor, reason FROM promo_guard.action_log WHERE action = 'set_policy' ORDER BY id DESC LIMIT 5;",
                settings.join(", "),
            ),
        }
    }
}
