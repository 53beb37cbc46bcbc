//! Citus, where the database has it: where a table lies, and who adds up attempts.

use crate::db;
use crate::failure::{Answer, report};
use pgrx::pg_sys;
use promo_guard_core::{Refusal, SqlState};

/// Where a table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On this server alone.
    Here,
    /// A copy on every node: a change has two phases by itself.
    Everywhere,
    /// All of it on one worker (schema-based sharding).
    OneWorker,
    /// Its rows on the workers by one of their columns.
    ByColumn,
}

/// The version of Citus in this database.
pub fn version() -> Answer<Option<String>> {
    let found = db::read("SELECT extversion::text FROM pg_extension WHERE extname = 'citus'", &[], |row| {
        db::text(row, 1)
    })?;
    Ok(found.into_iter().next())
}

/// Where Citus keeps a table; here where there is no Citus.
pub fn place(table: pg_sys::Oid) -> Answer<Place> {
    if version()?.is_none() {
        return Ok(Place::Here);
    }
    let found =
        db::read(include_str!("../../sql/query/setup/citus_placement.sql"), &[table.into()], |row| {
            Ok((db::text(row, 1)?, db::text(row, 2)?, db::flag(row, 3)?))
        })?;
    Ok(match found.first() {
        None | Some((_, _, true)) => Place::Here,
        Some((method, replication, _)) => match (method.as_str(), replication.as_str()) {
            ("n", "t") => Place::Everywhere,
            ("n", _) => Place::OneWorker,
            _ => Place::ByColumn,
        },
    })
}

/// Whether the workers add up the attempts on each code, so that counts travel and not attempts: Citus distributes attempts by their
/// code, and the owner of the application may call the aggregate on every worker.
pub fn workers_tally(owner: pg_sys::Oid) -> Answer<bool> {
    if version()?.is_none() {
        return Ok(false);
    }
    let found = db::read(include_str!("../../sql/query/setup/citus_tally.sql"), &[owner.into()], |row| {
        row.get::<bool>(1)
    })?;
    Ok(found.first().copied().flatten().unwrap_or_default())
}

/// Refuses on a worker. Citus copies the adapter views there, and not the binding, policy, grants and records: an answer would lack
/// them.
///
/// # Errors
/// 55000 on a worker.
pub fn must_be_coordinator() -> Answer<()> {
    if version()?.is_none() {
        return Ok(());
    }
    let found = db::read("SELECT groupid <> 0 FROM pg_dist_local_group", &[], |row| db::flag(row, 1))?;
    if found.first().copied().unwrap_or_default() {
        return Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, "this server is a worker of Citus")
                .detail("The binding, policy, grants and records of promo_guard are on the coordinator.")
                .hint("Connect to the coordinator."),
        ));
    }
    Ok(())
}
