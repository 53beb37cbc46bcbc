//! Short ways to run a statement and take its rows.

use crate::failure::{Answer, OrReport};
use crate::plans::{self, Planned};
pub use crate::rows::Row;
use crate::rows::{Receiver, Take};
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use pgrx::prelude::*;
use pgrx::spi::{SpiOkCodes, SpiResult};
use promo_guard_core::binding::quote_ident;
use std::ffi::CString;

/// Rows of a reading statement: on the caller's snapshot, on a standby too. In a transaction that has changed something
/// by way of [`run`] or [`execute`], it sees that. It is planned for its values, each time.
pub fn read<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    collected(take, |take| kept(sql, args, Planned::EachTime, take))
}

/// The same for one that looks up by keys: its plan is the same for all of them, and made once.
pub fn look_up<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    collected(take, |take| kept(sql, args, Planned::ForGood, take))
}

/// Rows of a statement on a snapshot of its own, which sees what the statements before it did.
pub fn run<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    collected(take, |take| {
        // SAFETY: only gives the transaction a number, or fails.
        unsafe { pg_sys::GetCurrentTransactionId() };
        once(sql, args, take)
    })
}

/// All rows that a statement gives to whoever takes them.
fn collected<T>(
    mut take: impl FnMut(&Row<'_>) -> SpiResult<T>,
    statement: impl FnOnce(Take<'_>) -> SpiResult<()>,
) -> Answer<Vec<T>> {
    let mut rows = Vec::new();
    statement(&mut |row| {
        rows.push(take(row)?);
        Ok(())
    })
    .or_report()?;
    Ok(rows)
}

/// Runs a statement that the session keeps.
fn kept(sql: &str, args: &[DatumWithOid<'_>], planned: Planned, take: Take<'_>) -> SpiResult<()> {
    // SAFETY: only reads a setting.
    let choice = unsafe { pg_sys::plan_cache_mode };
    if planned == Planned::EachTime && choice != pg_sys::PlanCacheMode::PLAN_CACHE_MODE_AUTO as i32 {
        // It would be planned for no values at all.
        return once(sql, args, take);
    }
    executed(take, |options| {
        let plan = plans::plan(sql, args, planned)?;
        // SAFETY: the plan is prepared for parameters of these types, which outlive it.
        unsafe {
            options.params = plans::parameters(args);
            let outcome = pg_sys::SPI_execute_plan_extended(plan.pointer(), options);
            if planned == Planned::ForGood {
                plans::executed(&plan);
            }
            Spi::check_status(outcome)
        }
    })
}

/// Runs a statement that nobody keeps.
fn once(sql: &str, args: &[DatumWithOid<'_>], take: Take<'_>) -> SpiResult<()> {
    let text = CString::new(sql).unwrap_or_default();
    executed(take, |options| {
        // SAFETY: the statement ends before its text and its parameters do.
        unsafe {
            options.params = plans::parameters(args);
            Spi::check_status(pg_sys::SPI_execute_extended(text.as_ptr(), options))
        }
    })
}

fn executed(
    take: Take<'_>,
    execute: impl FnOnce(&mut pg_sys::SPIExecuteOptions) -> SpiResult<SpiOkCodes>,
) -> SpiResult<()> {
    // SAFETY: the caller's memory, in which it may go on with what it was given.
    let mut receiver = Receiver::new(take, unsafe { pg_sys::CurrentMemoryContext });
    Spi::connect(|_| {
        let mut options = pg_sys::SPIExecuteOptions {
            // SAFETY: only tells the transaction's number. One that has changed something wants to see it.
            read_only: unsafe { pg_sys::GetCurrentTransactionIdIfAny() } == pg_sys::InvalidTransactionId,
            dest: receiver.pointer(),
            ..Default::default()
        };
        execute(&mut options)
    })?;
    receiver.done()
}

/// A statement without rows.
pub fn execute(sql: &str, args: &[DatumWithOid<'_>]) -> Answer<()> {
    Spi::connect_mut(|client| client.update(sql, None, args).map(|_| ())).or_report()
}

/// The time now: not `now()`, which stands still in a transaction (trap 13).
pub fn clock() -> TimestampWithTimeZone {
    // SAFETY: reads the system's clock.
    crate::window::moment(unsafe { pg_sys::GetCurrentTimestamp() })
}

/// A text column that cannot be null.
pub fn text(row: &Row<'_>, column: usize) -> SpiResult<String> {
    Ok(row.text(column)?.unwrap_or_default())
}

/// A number that cannot be null.
pub fn number(row: &Row<'_>, column: usize) -> SpiResult<i64> {
    Ok(row.get::<i64>(column)?.unwrap_or_default())
}

/// A boolean that cannot be null.
pub fn flag(row: &Row<'_>, column: usize) -> SpiResult<bool> {
    Ok(row.get::<bool>(column)?.unwrap_or_default())
}

/// An identifier as PostgreSQL itself would write it: quoted where it must be.
pub fn ident(name: &str) -> String {
    let Ok(name) = std::ffi::CString::new(name) else { return quote_ident(name) };
    // SAFETY: takes a C string, gives one that lives as long as this memory context; it is copied at once.
    unsafe { std::ffi::CStr::from_ptr(pg_sys::quote_identifier(name.as_ptr())) }
        .to_string_lossy()
        .into_owned()
}

/// Runs something in a subtransaction of its own: what it fails of is undone, and said in words, while the transaction goes on.
/// The end of the session, or of the whole statement, is passed on.
pub fn attempt<T>(work: impl FnOnce() -> Answer<T>) -> Answer<Result<T, String>> {
    use PgSqlErrorCode as Code;
    use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
    // SAFETY: as PL/pgSQL does around a block with an exception clause: the subtransaction is ended on every path, and the memory
    // context and the resource owner are given back. An error in between is caught here, where SPI and the settings were as they
    // are at the subtransaction's start, which is where its abort takes them back to.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let told = |code, message: &str, detail: Option<&str>| {
            (code, detail.map_or_else(|| message.to_owned(), |detail| format!("{message} ({detail})")))
        };
        let outcome = PgTryBuilder::new(std::panic::AssertUnwindSafe(|| {
            work().map_err(|e| told(None, e.message(), e.detail()))
        }))
        .catch_others(|caught| {
            Err(match &caught {
                CaughtError::PostgresError(e)
                | CaughtError::ErrorReport(e)
                | CaughtError::RustPanic { ereport: e, .. } => {
                    told(Some(e.sql_error_code()), e.message(), e.detail())
                }
            })
        })
        .execute();
        if outcome.is_ok() {
            pg_sys::ReleaseCurrentSubTransaction();
        } else {
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        match outcome {
            Ok(value) => Ok(Ok(value)),
            Err((Some(code @ (Code::ERRCODE_QUERY_CANCELED | Code::ERRCODE_ADMIN_SHUTDOWN)), message)) => {
                Err(ErrorReport::new(code, message, "promo_guard"))
            }
            Err((_, message)) => Ok(Err(message)),
        }
    }
}
