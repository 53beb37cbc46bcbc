//! Changing many campaigns at once: their rows locked in the order of their ids, and changed by one statement.

use super::campaign::Campaigns;
use super::rows::{no_campaigns, some_of};
use super::settings::Settings;
use crate::app::RunAs;
use crate::db;
use crate::failure::{Answer, report, written};
use pgrx::prelude::*;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;

impl Campaigns {
    /// Takes the rows of all these until the transaction ends, in the order of their ids: two changes of many then cannot wait for
    /// each other in a circle.
    ///
    /// # Errors
    /// 02000 where one of them does not exist; 55P03 where another session has one for longer than the lock_timeout.
    pub fn lock_all(&self, ids: &[i64]) -> Answer<()> {
        let these = self.rows_of(ids)?;
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE {} ORDER BY t.{} FOR NO KEY UPDATE",
            these.shown,
            self.table(),
            these.condition,
            self.column("id").unwrap_or_default()
        );
        let had = PgTryBuilder::new(AssertUnwindSafe(|| {
            let _as_owner = RunAs::restricted(self.owner());
            db::run(&sql, &[these.argument()], |row| these.id(row))
        }))
        .catch_when(PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE, |_| {
            Err(report(
                Refusal::new(SqlState::LockNotAvailable, "the row of one of these campaigns is locked by another session")
                    .detail("promo_guard waited 3 s for the lock. Nothing was changed.")
                    .hint("Try again. To see who may hold it: SELECT pid, usename, application_name, xact_start, query FROM pg_catalog.pg_stat_activity WHERE xact_start < now() - interval '3 s' ORDER BY xact_start;"),
            ))
        })
        .execute()?;
        if had.len() == ids.len() {
            return Ok(());
        }
        let had: HashSet<i64> = had.into_iter().collect();
        let missing: Vec<i64> = ids.iter().copied().filter(|id| !had.contains(id)).collect();
        Err(report(no_campaigns(&missing)))
    }

    /// Id and status of each code of this name, in the order of their ids.
    pub fn batch(&self, name: &str) -> Answer<Vec<(i64, Option<String>)>> {
        self.app().read(
            include_str!("../../../sql/query/contain/batch_statuses.sql"),
            &[name.into()],
            |row| Ok((db::number(row, 1)?, row.text(2)?)),
        )
    }

    /// Sets the status and `updated_at` of all these, and makes sure of it. Their rows must be locked.
    ///
    /// # Errors
    /// 55000 where a trigger or rule kept one of them as it was; else whatever the application's constraints and triggers say.
    pub fn set_status_of_all(&self, ids: &[i64], to: &'static str, at: TimestampWithTimeZone) -> Answer<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let column = |name: &str| self.column(name).unwrap_or_default();
        // A constant, as in `Locked::update`: no cast of the application's is called.
        let these = self.rows_of(ids)?;
        let sql = format!(
            "UPDATE {} AS t SET {} = '{to}', {} = $2 WHERE {} RETURNING 1",
            self.table(),
            column("status"),
            column("updated_at"),
            these.condition
        );
        written(self.table(), || {
            let _as_owner = RunAs::restricted(self.owner());
            let _path = Settings::search_path(self.path());
            db::run(&sql, &[these.argument(), at.into()], |_| Ok(()))
        })?;
        let mut wrong: HashSet<i64> = ids.iter().copied().collect();
        self.app().read(
            include_str!("../../../sql/query/contain/statuses.sql"),
            &[ids.to_vec().into(), to.into()],
            |row| {
                wrong.remove(&db::number(row, 1)?);
                Ok(())
            },
        )?;
        if wrong.is_empty() {
            return Ok(());
        }
        let wrong: Vec<i64> = ids.iter().copied().filter(|id| wrong.contains(id)).collect();
        Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("the status of {} of {} campaigns did not become {to}", wrong.len(), ids.len()),
            )
            .detail(format!(
                "Campaigns: {}. A trigger or rule of {} changed their status.",
                some_of(&wrong),
                self.table()
            ))
            .hint("Nothing was changed. Ask the application's owner for the trigger."),
        ))
    }
}
