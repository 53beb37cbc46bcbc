//! From core's refusals, and from SPI's, to PostgreSQL's errors.

use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::prelude::*;
use promo_guard_core::{Refusal, SqlState};

/// The result of every SQL function.
pub type Answer<T> = Result<T, ErrorReport>;

/// The same for functions that return a set or a composite type. `#[pg_extern]` finds them in a type of this name alone; otherwise
/// cargo-pgrx cannot write the install script.
pub mod returned {
    /// See `Answer`.
    pub type Result<T> = std::result::Result<T, pgrx::pg_sys::panic::ErrorReport>;
}

/// Turns an error of theirs into one that PostgreSQL reports.
pub trait OrReport<T> {
    /// The value, or the report.
    fn or_report(self) -> Answer<T>;
}

impl<T> OrReport<T> for Result<T, Refusal> {
    fn or_report(self) -> Answer<T> {
        self.map_err(report)
    }
}

/// SPI hands over a failed statement as PostgreSQL's own error, untouched. What arrives here is a value read as another
/// type than it has, or an SPI call out of place: a bug, XX000.
impl<T> OrReport<T> for Result<T, pgrx::spi::Error> {
    fn or_report(self) -> Answer<T> {
        self.map_err(|e| {
            ErrorReport::new(
                PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
                format!("promo_guard read its own query wrongly: {e}"),
                "promo_guard",
            )
            .set_hint("This is a bug of promo_guard's. Please report it with the statement that led to it.")
        })
    }
}

/// Writes to the application's table. What its types and constraints refuse, classes 22 and 23, comes with what to do about it,
/// which they do not say; every other error is passed on as it is.
pub fn written<T>(table: &str, work: impl FnOnce() -> Answer<T>) -> Answer<T> {
    PgTryBuilder::new(std::panic::AssertUnwindSafe(work))
        .catch_others(|caught| match &caught {
            CaughtError::PostgresError(e) if e.hint().is_none() && of_data(e.sql_error_code()) => {
                let detail = e.detail().map_or_else(
                    || format!("A column or a constraint of {table} does not take the new row. Nothing was changed."),
                    |detail| format!("{detail} It is {table} that does not take the new row. Nothing was changed."),
                );
                Err(ErrorReport::new(e.sql_error_code(), e.message().to_owned(), "promo_guard")
                    .set_detail(detail)
                    .set_hint("Give a value that the table takes, or ask the application's owner for another type or constraint."))
            }
            _ => caught.rethrow(),
        })
        .execute()
}

/// Whether it is of the classes 22 (data exception) or 23 (integrity constraint violation).
fn of_data(code: PgSqlErrorCode) -> bool {
    // An error code's characters are packed in six bits each, the first in the lowest.
    let character = |place: u32| char::from((code as u32 >> (6 * place) & 0x3F) as u8 + b'0');
    character(0) == '2' && matches!(character(1), '2' | '3')
}

/// The report of a refusal.
pub fn report(refusal: Refusal) -> ErrorReport {
    use PgSqlErrorCode as Code;
    let code = match refusal.code {
        SqlState::NoData => Code::ERRCODE_NO_DATA,
        SqlState::InvalidParameterValue => Code::ERRCODE_INVALID_PARAMETER_VALUE,
        SqlState::NullValueNotAllowed => Code::ERRCODE_NULL_VALUE_NOT_ALLOWED,
        SqlState::ActiveSqlTransaction => Code::ERRCODE_ACTIVE_SQL_TRANSACTION,
        SqlState::ReadOnlySqlTransaction => Code::ERRCODE_READ_ONLY_SQL_TRANSACTION,
        SqlState::InsufficientPrivilege => Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
        SqlState::UndefinedColumn => Code::ERRCODE_UNDEFINED_COLUMN,
        SqlState::UndefinedObject => Code::ERRCODE_UNDEFINED_OBJECT,
        SqlState::DatatypeMismatch => Code::ERRCODE_DATATYPE_MISMATCH,
        SqlState::WrongObjectType => Code::ERRCODE_WRONG_OBJECT_TYPE,
        SqlState::UndefinedTable => Code::ERRCODE_UNDEFINED_TABLE,
        SqlState::ObjectNotInPrerequisiteState => Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        SqlState::UniqueViolation => Code::ERRCODE_UNIQUE_VIOLATION,
        SqlState::LockNotAvailable => Code::ERRCODE_LOCK_NOT_AVAILABLE,
        SqlState::ObjectInUse => Code::ERRCODE_OBJECT_IN_USE,
        SqlState::FeatureNotSupported => Code::ERRCODE_FEATURE_NOT_SUPPORTED,
    };
    let mut report = ErrorReport::new(code, refusal.message, "promo_guard");
    if let Some(detail) = refusal.detail {
        report = report.set_detail(detail);
    }
    if let Some(hint) = refusal.hint {
        report = report.set_hint(hint);
    }
    report
}
