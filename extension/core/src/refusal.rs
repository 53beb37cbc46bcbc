//! Errors as values: a code, a message, a detail and a hint, as PostgreSQL prints them.

use std::fmt;

/// The SQLSTATEs that promo_guard raises on purpose. `XX000` is not among them: it would be a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlState {
    /// 02000: nothing has that id.
    NoData,
    /// 22023: an argument outside its range or form.
    InvalidParameterValue,
    /// 22004: a null where a value is needed.
    NullValueNotAllowed,
    /// 25001: the transaction's isolation level is above READ COMMITTED.
    ActiveSqlTransaction,
    /// 25006: a change on a standby or in a read-only transaction.
    ReadOnlySqlTransaction,
    /// 42501: a right is missing.
    InsufficientPrivilege,
    /// 42703: no such column.
    UndefinedColumn,
    /// 42704: no such role or policy.
    UndefinedObject,
    /// 42804: a column of a type that cannot serve.
    DatatypeMismatch,
    /// 42809: a relation of the wrong kind.
    WrongObjectType,
    /// 42P01: no such table.
    UndefinedTable,
    /// 55000: not bound, or not in the state that the call needs.
    ObjectNotInPrerequisiteState,
    /// 55P03: a lock was not obtained in time.
    LockNotAvailable,
    /// 23505: something of that key is there already.
    UniqueViolation,
    /// 55006: there is one already, and there can be only one.
    ObjectInUse,
    /// 0A000: the database's encoding is not UTF8, or Citus would not commit a change and its record together.
    FeatureNotSupported,
}

impl SqlState {
    /// The five characters of the code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoData => "02000",
            Self::InvalidParameterValue => "22023",
            Self::NullValueNotAllowed => "22004",
            Self::ActiveSqlTransaction => "25001",
            Self::ReadOnlySqlTransaction => "25006",
            Self::InsufficientPrivilege => "42501",
            Self::UndefinedColumn => "42703",
            Self::UndefinedObject => "42704",
            Self::DatatypeMismatch => "42804",
            Self::WrongObjectType => "42809",
            Self::UndefinedTable => "42P01",
            Self::ObjectNotInPrerequisiteState => "55000",
            Self::LockNotAvailable => "55P03",
            Self::UniqueViolation => "23505",
            Self::ObjectInUse => "55006",
            Self::FeatureNotSupported => "0A000",
        }
    }
}

/// Why a call was refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE.
    pub code: SqlState,
    /// One line, lower-case, without a full stop, as PostgreSQL's own messages.
    pub message: String,
    /// The facts: numbers, names, what was found instead.
    pub detail: Option<String>,
    /// What to do; where it can be, a statement to paste.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal with nothing but its code and message.
    pub fn new(code: SqlState, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None, hint: None }
    }

    /// The same with a DETAIL.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same with a HINT.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
