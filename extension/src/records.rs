//! The action log: who did what, why, and under which policy, chained so that a missing or altered row shows.

use crate::db;
use crate::failure::{Answer, OrReport, report};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Refusal, SqlState};

/// The decision of a refusal.
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

/// One campaign's part in an action of many.
pub struct Part {
    /// The campaign, where there is one.
    pub campaign_id: Option<i64>,
    /// What came of it.
    pub decision: &'static str,
    /// What it was.
    pub before: Option<serde_json::Value>,
    /// What it became.
    pub after: Option<serde_json::Value>,
}

impl<'a> Action<'a> {
    /// Writes it, notifies the channel `promo_guard`, and gives its id. A refusal is also said in the server's log, which
    /// the caller's rollback does not reach.
    pub fn record(mut self) -> Answer<i64> {
        let one = (self.campaign_id, self.decision, self.before.take(), self.after.take());
        Ok(self.write(vec![one])?.first().copied().unwrap_or_default())
    }

    /// Writes a row for each of these campaigns, none of them twice, and gives their ids in this order. Its own campaign, decision,
    /// `before` and `after` are not used.
    pub fn record_each(self, parts: Vec<Part>) -> Answer<Vec<i64>> {
        self.write(parts.into_iter().map(|p| (p.campaign_id, p.decision, p.before, p.after)).collect())
    }

    fn write(
        self,
        rows: Vec<(Option<i64>, &'a str, Option<serde_json::Value>, Option<serde_json::Value>)>,
    ) -> Answer<Vec<i64>> {
        if rows.iter().any(|(campaign, ..)| campaign.is_none()) {
            lock_chain()?;
        }
        let policy = match self.policy {
            Some(policy) => JsonB(policy.to_json()),
            None => JsonB(policy()?.to_json()),
        };
        let json = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
        let written = db::run(
            include_str!("../../sql/query/setup/record_action.sql"),
            &[
                self.action.into(),
                rows.iter().map(|row| row.0).collect::<Vec<_>>().into(),
                rows.iter().map(|row| row.1.to_owned()).collect::<Vec<_>>().into(),
                self.reason.into(),
                policy.into(),
                rows.iter().map(|row| json(&row.2)).collect::<Vec<_>>().into(),
                rows.iter().map(|row| json(&row.3)).collect::<Vec<_>>().into(),
                self.checks.map(JsonB).into(),
                self.overrides.into(),
            ],
            |row| Ok((db::number(row, 1)?, db::text(row, 2)?)),
        )?;
        let mut payloads = Vec::with_capacity(written.len());
        for ((id, actor), (campaign_id, decision, _, after)) in written.iter().zip(&rows) {
            if *decision == REFUSED {
                let said = after.as_ref().and_then(|a| a["detail"].as_str()).unwrap_or_default().to_owned();
                let campaign = campaign_id.map_or_else(String::new, |c| format!(" of campaign {c}"));
                let message =
                    format!("promo_guard refused {}{campaign} to {actor} (action {id})", self.action);
                ereport!(LOG, PgSqlErrorCode::ERRCODE_SUCCESSFUL_COMPLETION, message, said);
            }
            let payload = serde_json::json!({
                "action_id": id.to_string(),
                "action": self.action,
                "campaign_id": campaign_id.map(|c| c.to_string()),
                "decision": decision,
            });
            payloads.push(payload.to_string());
        }
        // A hint for listeners, not evidence: any role can forge one.
        db::execute(
            "SELECT pg_catalog.pg_notify('promo_guard', p) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS p",
            &[payloads.into()],
        )?;
        Ok(written.into_iter().map(|(id, _)| id).collect())
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
