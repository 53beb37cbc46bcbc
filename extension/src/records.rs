//! The action log: who did what, why, and under which policy, chained so that a missing or altered row shows.

use crate::db;
use crate::failure::{Answer, OrReport};
use pgrx::JsonB;
use promo_guard_core::policy::Policy;

/// An action to be recorded.
#[derive(Default)]
pub struct Action<'a> {
    /// The function that was called.
    pub action: &'a str,
    /// The campaign, where there is one. Its row must be locked by now: that lock orders the chain.
    pub campaign_id: Option<i64>,
    /// What came of it.
    pub decision: &'a str,
    /// Why, as the caller says.
    pub reason: Option<&'a str>,
    /// What it was.
    pub before: Option<serde_json::Value>,
    /// What it became.
    pub after: Option<serde_json::Value>,
}

/// Key of the advisory lock that orders the chain of actions without a campaign.
const CHAIN_LOCK: i64 = 0x7072_6f6d_6f5f_6775; // "promo_gu"

impl Action<'_> {
    /// Writes it, notifies the channel `promo_guard`, and gives its id.
    pub fn record(self) -> Answer<i64> {
        if self.campaign_id.is_none() {
            db::execute("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[CHAIN_LOCK.into()])?;
        }
        let policy = JsonB(policy()?.to_json());
        let ids = db::run(
            include_str!("../../sql/query/setup/record_action.sql"),
            &[
                self.action.into(),
                self.campaign_id.into(),
                self.decision.into(),
                self.reason.into(),
                policy.into(),
                self.before.map(JsonB).into(),
                self.after.map(JsonB).into(),
            ],
            |row| db::number(row, 1),
        )?;
        let id = ids.first().copied().unwrap_or_default();
        // A hint for listeners, not evidence: any role can forge one.
        let payload = serde_json::json!({
            "action_id": id.to_string(),
            "action": self.action,
            "campaign_id": self.campaign_id.map(|c| c.to_string()),
            "decision": self.decision,
        });
        db::execute("SELECT pg_catalog.pg_notify('promo_guard', $1)", &[payload.to_string().into()])?;
        Ok(id)
    }
}

/// The policy in force.
///
/// # Errors
/// 22023 or 42704 where a stored override is not of this version.
pub fn policy() -> Answer<Policy> {
    let overrides = db::read("SELECT name, value FROM promo_guard.policy_override", &[], |row| {
        Ok((db::text(row, 1)?, db::text(row, 2)?))
    })?;
    Policy::with_overrides(overrides.iter().map(|(n, v)| (n.as_str(), v.as_str()))).or_report()
}
