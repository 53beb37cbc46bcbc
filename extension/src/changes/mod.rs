//! What every changing function makes sure of first, and how it changes a campaign.

mod batch;
mod campaign;
pub mod citus;
mod rows;
mod settings;

pub use campaign::{Campaigns, Locked, campaign_or_none, read as read_campaign};
pub use rows::{no_campaign, some_of};
pub use settings::Settings;

use crate::failure::{Answer, OrReport, report};
use crate::records::Extension;
use crate::{db, records};
use pgrx::pg_sys;
use promo_guard_core::{Refusal, SqlState, Text};

/// Refuses where a change could not be decided on fresh data, or not be written.
///
/// # Errors
/// 25006 on a standby or in a read-only transaction; 25001 above READ COMMITTED.
pub fn allowed() -> Answer<()> {
    records::fits()?;
    crate::citus::must_be_coordinator()?;
    // SAFETY: plain reads of this backend's own state.
    let (recovering, read_only, isolation) =
        unsafe { (pg_sys::RecoveryInProgress(), pg_sys::XactReadOnly, pg_sys::XactIsoLevel) };
    if recovering {
        return Err(report(
            Refusal::new(
                SqlState::ReadOnlySqlTransaction,
                "this server is a standby: promo_guard can only read here",
            )
            .detail("A change of a campaign and its record are written together, on the primary.")
            .hint("Connect to the primary, for example with target_session_attrs=read-write."),
        ));
    }
    if read_only {
        return Err(report(
            Refusal::new(
                SqlState::ReadOnlySqlTransaction,
                "this transaction is read-only: promo_guard can change nothing in it",
            )
            .detail("A change of a campaign and its record are written together, and a refusal is on record as well.")
            .hint("SET TRANSACTION READ WRITE, or call it in a transaction of its own."),
        ));
    }
    if isolation > pg_sys::XACT_READ_COMMITTED as i32 {
        return Err(report(
            Refusal::new(
                SqlState::ActiveSqlTransaction,
                "promo_guard changes nothing above isolation level READ COMMITTED",
            )
            .detail("The checks must see the data as it is now, not as it was when the transaction began.")
            .hint("BEGIN ISOLATION LEVEL READ COMMITTED"),
        ));
    }
    Ok(())
}

/// Refuses a role that is not a member of the extension's owner. Grants alone do not decide this: ALTER DEFAULT PRIVILEGES, or a careless
/// GRANT, may have opened a function that changes the setup.
///
/// # Errors
/// 42501.
pub fn owner_only(function: &str) -> Answer<()> {
    let Extension { owner_name, is_owners, .. } = records::extension()?;
    if is_owners {
        return Ok(());
    }
    let name = db::ident(&owner_name);
    Err(report(
        Refusal::new(SqlState::InsufficientPrivilege, format!("{function} is for the owner of promo_guard"))
            .detail(format!(
                "The extension belongs to role {name}, and the current role is not a member of it."
            ))
            .hint(format!("SET ROLE {name}, or ask a superuser.")),
    ))
}

/// One change of the setup at a time, held until the transaction ends.
pub fn lock_setup() -> Answer<()> {
    db::execute("LOCK TABLE promo_guard.binding IN SHARE ROW EXCLUSIVE MODE", &[])
}

/// A reason that says something.
///
/// # Errors
/// 22023, see [`Text`].
pub fn reason(reason: Option<&str>) -> Answer<&str> {
    Text::REASON.read(reason).or_report()
}

/// The name of the batch that is meant.
///
/// # Errors
/// 22004 where it is null.
pub fn campaign_name(name: Option<&str>) -> Answer<&str> {
    name.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "campaign_name is null")
                .detail("The codes that share a name are a batch.")
                .hint("SELECT campaign_name FROM promo_guard.paused_campaigns();"),
        )
    })
}

/// The refusal of a name that no campaign has.
pub fn no_batch() -> Refusal {
    Refusal::new(SqlState::NoData, "no campaign with that name")
        .detail("The codes that share a campaign_name are a batch. It is compared exactly, with its spaces and its case.")
        .hint("SELECT DISTINCT campaign_name FROM promo_guard.paused_campaigns(max_rows => NULL);")
}

/// The id of the campaign that is meant.
///
/// # Errors
/// 22004 where it is null.
pub fn campaign_id(id: Option<i64>) -> Answer<i64> {
    id.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "campaign_id is null")
                .detail("A campaign is given by its id.")
                .hint(
                    "SELECT campaign_id, campaign_name FROM promo_guard.paused_campaigns(max_rows => NULL);",
                ),
        )
    })
}
