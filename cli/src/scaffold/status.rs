//! Statuses and other words: a column of words, a boolean, or a time since which a campaign is over.

use promo_guard_core::binding::{Column, Entity, Family};

use serde_json::{Value as Json, json};

use super::facts::{Field, Table, ident, time_of};
use super::source::Found;
use super::synonyms::{self, meaning};
use super::tables::named;

/// The columns whose values are worth reading: those of words that rules know.
pub fn columns_of_words(entity: Entity, table: &Table) -> Vec<&Field> {
    let columns = entity.columns().iter().filter(|column| !column.words.is_empty());
    columns
        .filter_map(|column| {
            named(table, synonyms::of(entity, column.name), |f| f.is_text()).map(|(field, _)| field)
        })
        .collect()
}

/// A column of words with what they mean.
pub fn words(entity: Entity, column: &'static Column, table: &Table, alias: &str) -> Option<Found> {
    let (field, score) = named(table, synonyms::of(entity, column.name), |field| {
        let named_so = field.is_text() || field.sql_type.is_enum;
        // A type or a kind may be of anything: only words with a meaning make it one of discounts.
        let loose = column.name == "discount_type"
            && !field.name.starts_with("discount")
            && !field.words.iter().any(|w| meaning(entity, column.name, w).is_some());
        named_so && !loose
    })?;
    if score < 0.6 {
        return None;
    }
    let mut mapped: Vec<(String, &'static str)> = Vec::new();
    let mut unknown = Vec::new();
    for word in &field.words {
        match meaning(entity, column.name, word) {
            Some(ours) => mapped.push((word.clone(), ours)),
            None => unknown.push(word.clone()),
        }
    }
    let mut found = if mapped.iter().all(|(theirs, ours)| theirs == ours) {
        Found::plain(column, alias, field, score)
    } else {
        let written = if (entity, column.name) == (Entity::Campaigns, "status") {
            written(&mapped)
        } else {
            Vec::new()
        };
        Found::words(column, alias, field, &mapped, &written, score - 0.05)
    };
    if field.words.is_empty() {
        found = found.noted("no values were read: check its words");
    }
    found.confidence -= 0.05 * unknown.len().min(5) as f64;
    found.unknown = unknown;
    found.field.clone_from(&field.name);
    found.mapped = mapped;
    Some(found)
}

/// Which word is written, where several mean one status.
fn written(mapped: &[(String, &'static str)]) -> Vec<(&'static str, String)> {
    [("ACTIVE", synonyms::WRITTEN_ACTIVE), ("PAUSED", synonyms::WRITTEN_PAUSED)]
        .into_iter()
        .filter_map(|(ours, preferred)| {
            let theirs: Vec<&String> =
                mapped.iter().filter(|(_, word)| *word == ours).map(|(theirs, _)| theirs).collect();
            let place = |word: &str| {
                preferred
                    .split_whitespace()
                    .position(|p| super::names::words(p) == super::names::words(word))
                    .unwrap_or(usize::MAX)
            };
            let best = theirs.iter().min_by_key(|word| place(word))?;
            (theirs.len() > 1).then(|| (ours, (*best).clone()))
        })
        .collect()
}

/// The status of a campaign.
pub fn of(column: &'static Column, table: &Table, alias: &str) -> Option<Found> {
    // A status of words, where at least one of them is known or none could be read.
    let of_words = words(Entity::Campaigns, column, table, alias)
        .filter(|found| found.unknown.is_empty() || found.json.is_object());
    if of_words.is_some() {
        return of_words;
    }
    // Some shops have a small integer of 0 and 1.
    let is_switch = |field: &Field| field.is_boolean() || field.is_integer();
    let on = named(table, synonyms::ENABLED, is_switch)
        .filter(|(_, score)| *score > 0.65)
        .map(|found| (found, false));
    let switch = on.or_else(|| {
        named(table, synonyms::DISABLED, is_switch).filter(|(_, s)| *s > 0.65).map(|found| (found, true))
    });
    if let Some(((field, score), inverted)) = switch {
        return Some(switched(column, table, alias, field, score, inverted));
    }
    let (field, score) = named(table, synonyms::ENDED, Field::is_time)?;
    let sql = format!(
        "CASE WHEN {alias}.{} IS NOT NULL THEN 'PAUSED'{} ELSE 'ACTIVE' END",
        ident(&field.name),
        over(table, alias)
    );
    Some(
        Found::expression(column, sql, score - 0.3)
            .noted("a time cannot be written: pause() is refused until the table has a switch, such as paused boolean NOT NULL DEFAULT false"),
    )
}

/// A boolean, and the end by time where there is one.
fn switched(
    column: &'static Column,
    table: &Table,
    alias: &str,
    field: &Field,
    score: f64,
    inverted: bool,
) -> Found {
    let name = format!("{alias}.{}", ident(&field.name));
    let (on, off) =
        if field.is_boolean() { (Json::from(true), Json::from(false)) } else { (1.into(), 0.into()) };
    let (active, paused) = if inverted { (off, on) } else { (on, off) };
    let is_paused = match (field.is_boolean(), inverted) {
        (true, true) => name,
        (true, false) => format!("NOT {name}"),
        (false, _) => format!("{name} = {paused}"),
    };
    let sql = format!("CASE WHEN {is_paused} THEN 'PAUSED'{} ELSE 'ACTIVE' END", over(table, alias));
    let mut found = Found::expression(column, sql.clone(), score);
    found.shown = format!("{} ({active} = ACTIVE, {paused} = PAUSED)", field.name);
    found.json =
        json!({ "sql": sql, "column": field.name, "writes": { "ACTIVE": active, "PAUSED": paused } });
    found
}

/// ` WHEN the end is past THEN 'EXPIRED'`, for a table that has an end.
fn over(table: &Table, alias: &str) -> String {
    let end = Entity::Campaigns.column("valid_until").filter(|c| c.family == Family::Time);
    let end = end
        .and_then(|end| named(table, synonyms::of(Entity::Campaigns, end.name), Field::is_time))
        .filter(|(_, score)| *score > 0.65);
    end.map_or(String::new(), |(field, _)| {
        let now = if field.sql_type.base == "timestamptz" || field.sql_type.base == "date" {
            "now()"
        } else {
            "now() AT TIME ZONE 'UTC'"
        };
        format!(" WHEN {} <= {now} THEN 'EXPIRED'", time_of(alias, field))
    })
}
