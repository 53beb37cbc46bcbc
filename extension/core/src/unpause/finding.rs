//! The answer to a check.

use super::Check;
use crate::Micros;
use serde_json::{Value, json};

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Whether it is passed.
    pub passed: bool,
    /// Sentences: the numbers, and what would change the answer.
    pub detail: String,
    /// The numbers.
    pub evidence: Value,
    /// When it would pass by itself, where waiting helps.
    pub retry_after: Option<Micros>,
}

impl Finding {
    pub(super) fn passed(check: Check, detail: impl Into<String>, evidence: Value) -> Self {
        Self { check, passed: true, detail: detail.into(), evidence, retry_after: None }
    }

    pub(super) fn failed(check: Check, detail: impl Into<String>, evidence: Value) -> Self {
        Self { passed: false, ..Self::passed(check, detail, evidence) }
    }

    /// Of a fact that is not known: fail closed.
    pub(super) fn unknown(check: Check, lacking: &str) -> Self {
        Self::failed(
            check,
            format!("Cannot be evaluated, so it blocks: {lacking}"),
            json!({ "lacking": lacking }),
        )
    }

    pub(super) fn until(self, at: Option<Micros>) -> Self {
        Self { retry_after: at, ..self }
    }

    /// As it is kept in the action log.
    pub fn to_json(&self) -> Value {
        json!({ "name": self.check.name(), "passed": self.passed, "detail": self.detail, "evidence": self.evidence })
    }
}
