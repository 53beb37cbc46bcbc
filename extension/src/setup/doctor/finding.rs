//! A finding, and what is examined.

use crate::db;
use crate::failure::Answer;
use crate::setup::relation::Relation;
use crate::setup::views::Remembered;
use promo_guard_core::binding::Entity;

/// How much a finding matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warn,
    Note,
    Ok,
}

impl Level {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

/// One finding.
pub struct Finding {
    pub level: Level,
    pub topic: &'static str,
    pub detail: String,
    pub remediation: Option<String>,
}

impl Finding {
    pub fn new(level: Level, topic: &'static str, detail: impl Into<String>) -> Self {
        Self { level, topic, detail: detail.into(), remediation: None }
    }

    pub fn mend(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = Some(remediation.into());
        self
    }
}

/// A bound entity as it stands now.
pub struct Standing {
    pub entity: Entity,
    pub memory: Remembered,
    /// The table, where the binding knows one that still exists.
    pub table: Option<Relation>,
}

impl Standing {
    /// The application's column for a canonical one.
    pub fn column(&self, canonical: &str) -> Option<&str> {
        self.memory.column(canonical)
    }

    /// The same, quoted.
    pub fn quoted(&self, canonical: &str) -> Option<String> {
        self.column(canonical).map(db::ident)
    }
}

/// Whether a question about the catalog is answered with yes.
pub fn holds(sql: &str, args: &[pgrx::datum::DatumWithOid<'_>]) -> Answer<bool> {
    Ok(db::read(sql, args, |row| db::flag(row, 1))?.first().copied().unwrap_or_default())
}
