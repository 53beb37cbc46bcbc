//! Values of statuses and results that no rule knows: they count as nothing, so they are said.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::moment;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::binding::{Column, Entity};
use serde_json::json;

/// Values of one column.
pub struct Unknown {
    pub entity: Entity,
    pub column: &'static str,
    /// The values that rules know.
    pub known: &'static [&'static str],
    /// Each value with its rows, most first.
    pub values: Vec<(String, i64)>,
}

impl Unknown {
    /// `not_found (500), ok (160)`
    pub fn counts(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|(value, n)| format!("{value} ({n})")).collect();
        values.join(", ")
    }

    /// `attempts.result has 2 values that no rule knows: not_found (500), ok (160)`
    pub fn sentence(&self) -> String {
        let number = match self.values.len() {
            1 => "a value".to_owned(),
            n => format!("{n} values"),
        };
        format!("{}.{} has {number} that no rule knows: {}", self.entity, self.column, self.counts())
    }

    /// The call that maps them, to be filled in.
    pub fn remedy(&self, theirs: Option<&str>) -> String {
        let words: serde_json::Map<String, serde_json::Value> = self
            .values
            .iter()
            .filter(|(value, _)| value != "null")
            .map(|(value, _)| (value.clone(), "...".into()))
            .collect();
        let mapping = json!({ self.entity.view(): { self.column: { "column": theirs.unwrap_or("..."), "words": words } } });
        format!(
            "SELECT * FROM promo_guard.bind(columns => {}); -- each ... is one of {}",
            promo_guard_core::binding::quote_literal(&mapping.to_string()),
            self.known.join(", ")
        )
    }
}

/// The values of these views that no rule knows, or why they cannot be read. `since`: attempts are read from then on.
pub fn unknown(
    entities: &[Entity],
    since: Option<Micros>,
    app: impl FnOnce() -> Answer<App>,
) -> Answer<Result<Vec<Unknown>, String>> {
    db::attempt(|| {
        let app = app()?;
        let mut all = Vec::new();
        for entity in entities {
            for column in entity.columns().iter().filter(|c| !c.words.is_empty()) {
                let values = of(&app, *entity, column, since)?;
                if !values.is_empty() {
                    all.push(Unknown { entity: *entity, column: column.name, known: column.words, values });
                }
            }
        }
        Ok(all)
    })
}

fn of(app: &App, entity: Entity, column: &Column, since: Option<Micros>) -> Answer<Vec<(String, i64)>> {
    let recent = since.filter(|_| entity == Entity::Attempts).map(moment);
    let sql = include_str!("../../../sql/query/setup/unknown_words.sql")
        .replace(":column", column.name)
        .replace(":view", entity.view())
        .replace(":recent", if recent.is_some() { "v.attempted_at >= $2" } else { "$2 IS NULL" })
        .replace(":null_is_unknown", if column.required { "true" } else { "false" });
    let known: Vec<String> = column.words.iter().map(|w| (*w).to_owned()).collect();
    app.read(&sql, &[known.into(), recent.into()], |row| Ok((db::text(row, 1)?, db::number(row, 2)?)))
}

/// Says them to the caller of `bind`; what cannot be read is `doctor`'s to report.
pub fn warn(found: &Result<Vec<Unknown>, String>) {
    if let Err(why) = found {
        ereport!(
            WARNING,
            PgSqlErrorCode::ERRCODE_WARNING,
            "the values of statuses and results could not be read",
            format!("{why}.")
        );
    }
    for one in found.iter().flatten() {
        ereport!(
            WARNING,
            PgSqlErrorCode::ERRCODE_WARNING,
            one.sentence(),
            "Rows with these values are ignored. Map each value to a known word: promo_guard.doctor() has the statement."
        );
    }
}
