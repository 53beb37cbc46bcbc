//! From findings to a plan, and from a plan to a decision.

use super::{Check, Facts, Finding, Refused, check};
use crate::Micros;
use crate::policy::Policy;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What would be decided, and on what grounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One for each of [`Check::ALL`], in that order.
    pub findings: Vec<Finding>,
    /// The verdict's name, where there is one.
    pub verdict: Option<&'static str>,
    /// What it is about: the campaign's terms, the policy, the verdict, the failed checks; as SHA-256 in hex.
    pub fingerprint: String,
}

/// What is decided on a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The campaign may be unpaused; these failed checks were overridden.
    Lift(Vec<Check>),
    /// It may not, and this is why.
    Refuse(Refused),
}

impl Plan {
    /// Computes all checks.
    pub fn of(facts: &Facts, policy: &Policy) -> Self {
        let findings: Vec<Finding> = Check::ALL.into_iter().map(|which| check(which, facts)).collect();
        let verdict = facts.verdict.as_ref().ok().map(|judged| judged.verdict.name());
        let fingerprint = fingerprint(facts, policy, verdict, &findings);
        Self { findings, verdict, fingerprint }
    }

    /// The checks that fail.
    pub fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| !f.passed)
    }

    /// Whether nothing fails.
    pub fn allowed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// When all that fails will have passed by itself; none where waiting is not enough, or nothing fails.
    pub fn retry_after(&self, overrides: &[Check]) -> Option<Micros> {
        let waits: Option<Vec<Micros>> =
            self.failed().filter(|f| !overrides.contains(&f.check)).map(|f| f.retry_after).collect();
        waits?.into_iter().max()
    }

    /// Decides, given the checks that the caller overrides and the fingerprint of the plan that the caller saw.
    pub fn decide(&self, overrides: &[Check], seen: Option<&str>) -> Decision {
        if seen.is_some_and(|seen| seen != self.fingerprint) {
            return Decision::Refuse(Refused::PlanChanged);
        }
        let (overridden, blocking): (Vec<&Finding>, Vec<&Finding>) =
            self.failed().partition(|f| f.check.overridable() && overrides.contains(&f.check));
        if blocking.is_empty() {
            Decision::Lift(overridden.into_iter().map(|f| f.check).collect())
        } else {
            Decision::Refuse(Refused::ChecksFailed(blocking.into_iter().cloned().collect()))
        }
    }

    /// The findings as they are kept in the action log.
    pub fn to_json(&self) -> Value {
        Value::Array(self.findings.iter().map(Finding::to_json).collect())
    }
}

/// Never of `used_total`, `updated_at` or anything else that moves under live traffic.
fn fingerprint(facts: &Facts, policy: &Policy, verdict: Option<&str>, findings: &[Finding]) -> String {
    let c = &facts.campaign;
    let failed: Vec<&str> = findings.iter().filter(|f| !f.passed).map(|f| f.check.name()).collect();
    // An array keeps null apart from every text, and no value can run into the next one.
    let about = json!([
        c.id.to_string(),
        c.status,
        c.valid_from,
        c.valid_until,
        c.max_total_uses,
        c.max_uses_per_user,
        c.target_scope,
        c.new_users_only,
        c.first_purchase_only,
        c.promo_type,
        c.discount_type,
        c.discount_value,
        c.discount_percent,
        policy.to_json(),
        verdict,
        failed
    ]);
    let digest = Sha256::digest(about.to_string().as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
