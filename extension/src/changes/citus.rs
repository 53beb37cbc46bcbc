//! What keeps a change and its record one commit on Citus.
//!
//! Our records are the coordinator's. A change of a row on one worker alone is committed there first and here after: a crash in between
//! leaves a change without a record. Citus commits in two phases where several nodes are changed (executor_util_tasks.c,
//! `TaskListRequires2PC`).

use crate::app::RunAs;
use crate::citus::{Place, place};
use crate::db;
use crate::failure::{Answer, report};
use pgrx::pg_sys;
use promo_guard_core::{Refusal, SqlState};

/// The reference table that a change touches, without changing a row, so that the commit has two phases.
const COMMIT_TABLE: &str = "promo_guard_commit";

/// The reference table that makes a commit one, where the owner of the campaigns may update it.
pub fn commit_table(owner: pg_sys::Oid) -> Answer<Option<String>> {
    let sql = include_str!("../../../sql/query/setup/citus_commit_table.sql");
    let found = db::read(sql, &[COMMIT_TABLE.into(), owner.into()], |row| db::text(row, 1))?;
    Ok(found.into_iter().next())
}

/// The statements that make that table.
pub fn make_commit_table(owner: &str) -> String {
    format!(
        "CREATE TABLE public.{COMMIT_TABLE} (nothing integer); SELECT create_reference_table('public.{COMMIT_TABLE}'); GRANT SELECT, UPDATE ON public.{COMMIT_TABLE} TO {owner};"
    )
}

/// Before a change of the campaigns' table: one commit with its record, and the lock_timeout on the workers as well.
///
/// # Errors
/// 0A000 where the table's layout allows no such commit.
pub fn before_change(table: pg_sys::Oid, name: &str, owner: pg_sys::Oid, owner_name: &str) -> Answer<()> {
    let place = place(table)?;
    if place == Place::Here {
        return Ok(());
    }
    if place == Place::ByColumn {
        return Err(report(
            Refusal::new(
                SqlState::FeatureNotSupported,
                format!("promo_guard changes no campaign while Citus distributes {name} by a column"),
            )
            .detail("The campaign's row would be committed on a worker before its record is committed here. A crash in between leaves a change without a record.")
            .hint(format!("Make {name} a reference table, or distribute its whole schema: docs/SCALE.md.")),
        ));
    }
    let commit_table = if place == Place::OneWorker { commit_table(owner)? } else { None };
    if place == Place::OneWorker && commit_table.is_none() {
        return Err(report(
            Refusal::new(
                SqlState::FeatureNotSupported,
                format!("promo_guard changes no campaign while {name} is on one worker and no reference table makes the commit one"),
            )
            .detail("The campaign's row would be committed on the worker before its record is committed here. A crash in between leaves a change without a record. An update of a reference table makes Citus commit in two phases.")
            .hint(make_commit_table(owner_name)),
        ));
    }
    // Settings reach the workers from here on: a worker waits for a lock, not this server. Outside of a transaction block Citus passes
    // on only what a DO block sets (transaction_management.c, IsMultiStatementTransaction).
    db::execute(
        "DO $set$ BEGIN
            SET LOCAL citus.multi_shard_modify_mode = 'sequential';
            SET LOCAL citus.propagate_set_commands = 'local';
            SET LOCAL lock_timeout = '3s';
        END $set$",
        &[],
    )?;
    if let Some(commit_table) = commit_table {
        let _as_owner = RunAs::restricted(owner);
        db::execute(&format!("UPDATE {commit_table} SET nothing = nothing"), &[])?;
    }
    Ok(())
}
