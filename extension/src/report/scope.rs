//! What a report is about, and how its parts read.

use crate::clusters::Reading;
use crate::db;
use crate::failure::Answer;
use pgrx::JsonB;
use pgrx::prelude::*;
use serde_json::Value;

/// What the report is about.
pub struct Scope {
    /// The attempts from `start` to `until`, and the application.
    pub reading: Reading,
    /// From when on impact, actions and settlement are looked at.
    pub start: TimestampWithTimeZone,
    /// Until when: the end of the incident, or `as_of`.
    pub until: TimestampWithTimeZone,
}

impl Scope {
    /// The first value of a statement over the application's views.
    pub fn read(&self, sql: &str, args: &[pgrx::datum::DatumWithOid<'_>]) -> Answer<Value> {
        Ok(first(self.reading.app.read(sql, args, |row| row.get::<JsonB>(1))?))
    }

    /// The first value of a statement over our own records and functions.
    pub fn ask(&self, sql: &str, args: &[pgrx::datum::DatumWithOid<'_>]) -> Answer<Value> {
        Ok(first(db::read(sql, args, |row| row.get::<JsonB>(1))?))
    }
}

fn first(rows: Vec<Option<JsonB>>) -> Value {
    rows.into_iter().flatten().next().map_or(Value::Null, |json| json.0)
}
