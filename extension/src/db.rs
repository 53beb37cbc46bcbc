//! Short ways to run a statement and take its rows.

use crate::failure::{Answer, OrReport};
use crate::varlena;
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{SpiError, SpiErrorCodes, SpiResult, SpiTupleTable};
use pgrx::{FromDatum, IntoDatum, PgMemoryContexts, pg_sys};
use promo_guard_core::binding::quote_ident;

/// A row of an answer, taken apart once: pgrx would ask PostgreSQL for every value and its type anew, which of thousands of rows
/// takes longer than finding them.
pub struct Row<'a> {
    values: &'a [pg_sys::Datum],
    nulls: &'a [bool],
    types: &'a [pg_sys::Oid],
}

impl Row<'_> {
    /// A column's datum and type; none where it is null.
    fn datum(&self, column: usize) -> SpiResult<Option<(pg_sys::Datum, pg_sys::Oid)>> {
        let place = column.wrapping_sub(1);
        match (self.nulls.get(place), self.values.get(place), self.types.get(place)) {
            (Some(true), ..) => Ok(None),
            (Some(false), Some(datum), Some(oid)) => Ok(Some((*datum, *oid))),
            _ => Err(SpiError::SpiError(SpiErrorCodes::NoAttribute)),
        }
    }

    /// A column, counted from 1; none where it is null.
    ///
    /// # Errors
    /// Where there is no such column, or it is of another type.
    pub fn get<T: IntoDatum + FromDatum>(&self, column: usize) -> SpiResult<Option<T>> {
        let Some((datum, oid)) = self.datum(column)? else { return Ok(None) };
        let by_value = matches!(
            T::type_oid(),
            pg_sys::INT8OID | pg_sys::INT4OID | pg_sys::BOOLOID | pg_sys::FLOAT8OID | pg_sys::TIMESTAMPTZOID
        );
        // SAFETY: the datum is not null and of the type `oid`, which is looked at; what is no value of its own is copied to where
        // it outlives this answer.
        let value = unsafe {
            if by_value {
                T::try_from_datum(datum, false, oid)
            } else {
                let outside = PgMemoryContexts::CurrentMemoryContext.parent();
                let outside = outside.unwrap_or(PgMemoryContexts::CurrentMemoryContext);
                T::try_from_datum_in_memory_context(outside, datum, false, oid)
            }
        };
        value.map_err(SpiError::DatumError)
    }

    /// A column of text: what `get::<String>` gives, with nothing asked of PostgreSQL in the usual case.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn text(&self, column: usize) -> SpiResult<Option<String>> {
        match self.ascii(column)? {
            Some(text) => Ok(Some(text.to_owned())),
            None => self.get(column),
        }
    }

    /// The same without a copy where it is in plain ASCII and lies in the row as it is; else none, as for a null.
    ///
    /// # Errors
    /// Where there is no such column.
    pub fn ascii(&self, column: usize) -> SpiResult<Option<&str>> {
        let Some((datum, oid)) = self.datum(column)? else { return Ok(None) };
        if !matches!(oid, pg_sys::TEXTOID | pg_sys::VARCHAROID) {
            return Ok(None);
        }
        // SAFETY: a text that is not null, and lives as long as the row.
        let bytes = unsafe { varlena::bytes_in_place(datum) };
        // In whichever encoding the database has, these are what they look like.
        Ok(bytes.filter(|bytes| bytes.is_ascii()).and_then(|ascii| std::str::from_utf8(ascii).ok()))
    }
}

/// Takes the rows of the statement that has just been run.
fn taken<T>(answer: &SpiTupleTable<'_>, mut take: impl FnMut(&Row<'_>) -> SpiResult<T>) -> SpiResult<Vec<T>> {
    if answer.is_empty() {
        return Ok(Vec::new());
    }
    // SAFETY: it is set by the statement whose answer this is, and its rows live until the connection ends, which `answer` is
    // borrowed from.
    let Some(table) = (unsafe { pg_sys::SPI_tuptable.as_ref() }) else { return Ok(Vec::new()) };
    // SAFETY: as above; a description has so many columns as it says.
    let types: Vec<pg_sys::Oid> = unsafe {
        let columns = (*table.tupdesc).natts;
        (1..=columns).map(|column| pg_sys::SPI_gettypeid(table.tupdesc, column)).collect()
    };
    let mut values = vec![pg_sys::Datum::null(); types.len()];
    let mut nulls = vec![true; types.len()];
    let mut rows = Vec::with_capacity(answer.len());
    for place in 0..answer.len() {
        // SAFETY: as above; there is room for as many values as there are columns.
        unsafe {
            let row = *table.vals.add(place);
            pg_sys::heap_deform_tuple(row, table.tupdesc, values.as_mut_ptr(), nulls.as_mut_ptr());
        }
        rows.push(take(&Row { values: &values, nulls: &nulls, types: &types })?);
    }
    Ok(rows)
}

/// Rows of a reading statement: on the caller's snapshot, on a standby too. In a transaction that has changed something
/// by way of [`run`] or [`execute`], it sees that.
pub fn read<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    Spi::connect(|client| taken(&client.select(sql, None, args)?, take)).or_report()
}

/// Rows of a statement on a snapshot of its own, which sees what the statements before it did.
pub fn run<T>(
    sql: &str,
    args: &[DatumWithOid<'_>],
    take: impl FnMut(&Row<'_>) -> SpiResult<T>,
) -> Answer<Vec<T>> {
    Spi::connect_mut(|client| taken(&client.update(sql, None, args)?, take)).or_report()
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
