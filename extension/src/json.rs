//! JSON that a caller gives. pgrx's own type panics on JSON that PostgreSQL holds and serde_json does not read: nested deeper
//! than 128, or with a number beyond a double. From a caller that is bad input, not a bug. So the argument is taken as it is,
//! and PostgreSQL writes it out.

use crate::db;
use crate::failure::{Answer, report};
use pgrx::datum::{AnyElement, DatumWithOid};
use pgrx::pg_sys;
use promo_guard_core::{Refusal, SqlState};
use serde_json::Value;

/// An argument that is declared as jsonb, as a parameter of a statement.
pub fn parameter(given: &AnyElement) -> DatumWithOid<'_> {
    // SAFETY: every caller's argument is declared as jsonb in sql/install, and it lives as long as the call.
    unsafe { DatumWithOid::new(given.datum(), pg_sys::JSONBOID) }
}

/// Its value.
///
/// # Errors
/// 22023, naming the argument, where it cannot be read.
pub fn value(given: &AnyElement, argument: &str) -> Answer<Value> {
    let text = db::read("SELECT $1::pg_catalog.text", &[parameter(given)], |row| db::text(row, 1))?;
    serde_json::from_str(&text.concat()).map_err(|why| {
        report(
            Refusal::new(SqlState::InvalidParameterValue, format!("{argument} cannot be used"))
                .detail(format!("It cannot be read: {why}."))
                .hint("Give one object, nested as its comment says, with numbers in a normal range."),
        )
    })
}
