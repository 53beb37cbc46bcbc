//! Short ways to run a statement and take its rows, through SPI.

use crate::encoding;
use crate::failure::{Answer, OrReport};
use crate::memory;
use crate::varlena;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use pgrx::prelude::*;
use pgrx::spi::{SpiHeapTupleData, SpiResult, SpiTupleTable};
use pgrx::{FromDatum, IntoDatum};
use promo_guard_core::binding::quote_ident;

/// One row of an answer; columns are counted from 1.
pub struct Row<'a>(SpiHeapTupleData<'a>);

impl Row<'_> {
    /// A column; none where it is null.
    ///
    /// # Errors
    /// Where there is no such column, or it is of another type.
    pub fn get<T: IntoDatum + FromDatum>(&self, column: usize) -> SpiResult<Option<T>> {
        self.0.get(column)
    }

    /// A column of text; none where it is null.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn text(&self, column: usize) -> SpiResult<Option<String>> {
        self.get(column)
    }
}

/// Rows of a reading statement: on the caller's snapshot, on a standby too. In a transaction that has changed something
/// by way of [`run`] or [`execute`], it sees that.
pub fn read<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    encoding::must_be_utf8()?;
    memory::reserved(|| Spi::connect(|client| all(client.select(sql, None, args)?, take))).or_report()
}

/// Rows of a statement on a snapshot of its own, which sees what the statements before it did.
pub fn run<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    encoding::must_be_utf8()?;
    memory::reserved(|| Spi::connect_mut(|client| all(client.update(sql, None, args)?, take))).or_report()
}

/// What `take` makes of the one value of a statement, a bytea: read where it lies, since it may be hundreds of megabytes.
pub fn bytes<T>(sql: &str, args: &[DatumWithOid<'_>], take: impl FnOnce(&[u8]) -> T) -> Answer<Option<T>> {
    encoding::must_be_utf8()?;
    memory::reserved(|| {
        Spi::connect(|client| {
            let datum = client.select(sql, None, args)?.first().get_datum_by_ordinal(1)?;
            // SAFETY: the statement's column is a bytea, and it is not null; it lives until the connection to SPI ends.
            SpiResult::Ok(datum.map(|datum| take(unsafe { varlena::bytes(datum) })))
        })
    })
    .or_report()
}

fn all<T>(table: SpiTupleTable<'_>, mut take: impl FnMut(&Row<'_>) -> SpiResult<T>) -> SpiResult<Vec<T>> {
    table.map(|row| take(&Row(row))).collect()
}

/// The type of a statement's first column; the statement gives no row.
pub fn column_type(sql: &str) -> Answer<pg_sys::Oid> {
    encoding::must_be_utf8()?;
    Spi::connect(|client| client.select(sql, None, &[])?.column_type_oid(1).map(|oid| oid.value()))
        .or_report()
}

/// A statement without rows.
pub fn execute(sql: &str, args: &[DatumWithOid<'_>]) -> Answer<()> {
    memory::reserved(|| Spi::connect_mut(|client| client.update(sql, None, args).map(|_| ()))).or_report()
}

/// The time now: not `now()`, which stands still in a transaction (trap 13).
pub fn clock() -> TimestampWithTimeZone {
    pgrx::datum::datetime_support::clock_timestamp()
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
    // pgrx's function panics on a NUL, which no identifier of PostgreSQL's has.
    if name.contains('\0') { quote_ident(name) } else { pgrx::spi::quote_identifier(name) }
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
