//! The action log: who did what, why, and under which policy, chained so that a missing or altered row shows.

use crate::db;
use crate::failure::{Answer, OrReport, report};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Refusal, SqlState};

/// The decision of whatever was turned away.
pub const REFUSED: &str = "REFUSED";

/// An action to be recorded.
#[derive(Default)]
pub struct Action<'a> {
    /// The function that was called.
    pub action: &'a str,
    /// The campaign, where there is one. Its row must be locked by now: that lock orders the chain.
    pub campaign_id: Option<i64>,
    /// What came of it; [`REFUSED`] also writes a line to the server's log.
    pub decision: &'a str,
    /// Why, as the caller says.
    pub reason: Option<&'a str>,
    /// The checks as they stood.
    pub checks: Option<serde_json::Value>,
    /// The checks that the caller overrode.
    pub overrides: Option<Vec<String>>,
    /// The policy under which it was decided; none = the one in force now.
    pub policy: Option<&'a Policy>,
    /// What it was.
    pub before: Option<serde_json::Value>,
    /// What it became; of a refusal `{"detail": …}`, the sentence that the caller was told.
    pub after: Option<serde_json::Value>,
}

/// Key of the advisory lock that orders the chain of actions without a campaign.
const CHAIN_LOCK: i64 = 0x7072_6f6d_6f5f_6775; // "promo_gu"

impl Action<'_> {
    /// Writes it, notifies the channel `promo_guard`, and gives its id. A refusal is also said in the server's log, which
    /// the caller's rollback does not reach.
    pub fn record(self) -> Answer<i64> {
        if self.campaign_id.is_none() {
            lock_chain()?;
        }
        let policy = match self.policy {
            Some(policy) => JsonB(policy.to_json()),
            None => JsonB(policy()?.to_json()),
        };
        let said = self.after.as_ref().and_then(|a| a["detail"].as_str()).unwrap_or_default().to_owned();
        let written = db::run(
            include_str!("../../sql/query/setup/record_action.sql"),
            &[
                self.action.into(),
                self.campaign_id.into(),
                self.decision.into(),
                self.reason.into(),
                policy.into(),
                self.before.map(JsonB).into(),
                self.after.map(JsonB).into(),
                self.checks.map(JsonB).into(),
                self.overrides.into(),
            ],
            |row| Ok((db::number(row, 1)?, db::text(row, 2)?)),
        )?;
        let (id, actor) = written.into_iter().next().unwrap_or_default();
        if self.decision == REFUSED {
            let campaign = self.campaign_id.map_or_else(String::new, |c| format!(" of campaign {c}"));
            let message = format!("promo_guard refused {}{campaign} to {actor} (action {id})", self.action);
            ereport!(LOG, PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION, message, said);
        }
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

/// Takes the lock under which actions without a campaign follow each other, until the transaction ends.
pub fn lock_chain() -> Answer<()> {
    db::execute("SELECT pg_catalog.pg_advisory_xact_lock($1)", &[CHAIN_LOCK.into()])
}

/// The library's version.
pub const LIBRARY: &str = env!("CARGO_PKG_VERSION");

/// The extension as the catalog has it.
pub struct Extension {
    /// The version of its SQL.
    pub version: String,
    /// The owner's name.
    pub owner_name: String,
    /// Whether the current role has the owner's rights.
    pub is_owners: bool,
}

/// Looks it up. Names are qualified: `bind` calls this on its caller's search_path.
///
/// # Errors
/// 55000 where there is none.
pub fn extension() -> Answer<Extension> {
    let found = db::read(
        "SELECT e.extversion, pg_catalog.pg_get_userbyid(e.extowner)::pg_catalog.text,
                pg_catalog.pg_has_role(e.extowner, 'USAGE')
         FROM pg_catalog.pg_extension AS e
         WHERE e.extname OPERATOR(pg_catalog.=) 'promo_guard'",
        &[],
        |row| {
            Ok(Extension {
                version: db::text(row, 1)?,
                owner_name: db::text(row, 2)?,
                is_owners: db::flag(row, 3)?,
            })
        },
    )?;
    found.into_iter().next().ok_or_else(|| {
        report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                "the extension promo_guard is not installed in this database",
            )
            .hint("CREATE EXTENSION promo_guard;"),
        )
    })
}

/// Refuses where the library and the SQL of the extension are of different versions: between `make install` and ALTER EXTENSION, or in
/// a session that loaded the library before a `make install`.
///
/// # Errors
/// 55000 with the statement to run.
pub fn fits() -> Answer<()> {
    let Extension { version, .. } = extension()?;
    if version == LIBRARY {
        return Ok(());
    }
    Err(report(
        Refusal::new(
            SqlState::ObjectNotInPrerequisiteState,
            "the library and the SQL of promo_guard are of different versions",
        )
        .detail(format!("The library is {LIBRARY}, the SQL is {version}."))
        .hint("ALTER EXTENSION promo_guard UPDATE; or, where that is done already, connect anew."),
    ))
}

/// The policy in force.
///
/// # Errors
/// 55000 as [`fits`]; 22023 or 42704 where a stored override is not of this version.
pub fn policy() -> Answer<Policy> {
    fits()?;
    let overrides = db::read("SELECT name, value FROM promo_guard.policy_override", &[], |row| {
        Ok((db::text(row, 1)?, db::text(row, 2)?))
    })?;
    Policy::with_overrides(overrides.iter().map(|(n, v)| (n.as_str(), v.as_str()))).or_report()
}
