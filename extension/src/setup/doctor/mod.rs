//! What is wrong with this installation, or could be better, and the statement that mends it.

mod binding;
mod guard;
mod indexes;
mod references;
mod rights;
mod state;

use super::relation::{self, Relation};
use super::views::{self, Remembered};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;

/// How much a finding matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warn,
    Note,
    Ok,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Note => "note",
            Self::Ok => "ok",
        }
    }
}

/// One finding.
struct Finding {
    level: Level,
    topic: &'static str,
    detail: String,
    remediation: Option<String>,
}

impl Finding {
    fn new(level: Level, topic: &'static str, detail: impl Into<String>) -> Self {
        Self { level, topic, detail: detail.into(), remediation: None }
    }

    fn mend(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = Some(remediation.into());
        self
    }
}

/// A bound entity as it stands now.
struct Standing {
    entity: Entity,
    memory: Remembered,
    /// The table, where the binding knows one that still exists.
    table: Option<Relation>,
}

impl Standing {
    /// The application's column for a canonical one.
    fn column(&self, canonical: &str) -> Option<&str> {
        self.memory.columns[canonical].as_str()
    }

    /// The same, quoted.
    fn quoted(&self, canonical: &str) -> Option<String> {
        self.column(canonical).map(db::ident)
    }
}

#[pg_extern(sql = false)]
fn doctor() -> Answer<
    TableIterator<
        'static,
        (
            name!(level, &'static str),
            name!(topic, &'static str),
            name!(detail, String),
            name!(remediation, Option<String>),
        ),
    >,
> {
    let mut findings = Vec::new();
    let mut bound = Vec::new();
    for memory in views::remembered()?.into_iter().filter(|m| m.bound) {
        let oid = match &memory.relation {
            Some((schema, name)) => relation::find(schema, name)?,
            None => None,
        };
        let table = match oid {
            Some(oid) => Some(relation::inspect(memory.entity, oid)?),
            None => None,
        };
        bound.push(Standing { entity: memory.entity, memory, table });
    }
    bound.sort_by_key(|s| s.entity);

    state::versions(&mut findings)?;
    state::policy(&mut findings);
    binding::examine(&bound, &mut findings)?;
    indexes::examine(&bound, &mut findings)?;
    rights::examine(&bound, &mut findings)?;
    state::history(&bound, &mut findings)?;
    guard::examine(&bound, &mut findings)?;
    state::future_rows(&mut findings)?;
    state::chains(&mut findings)?;
    references::examine(&mut findings)?;
    state::bakes(&mut findings)?;

    findings.sort_by_key(|f| f.level);
    Ok(TableIterator::new(findings.into_iter().map(|f| (f.level.word(), f.topic, f.detail, f.remediation))))
}

/// Whether a question about the catalog is answered with yes.
fn holds(sql: &str, args: &[pgrx::datum::DatumWithOid<'_>]) -> Answer<bool> {
    Ok(db::read(sql, args, |row| db::flag(row, 1))?.first().copied().unwrap_or_default())
}
