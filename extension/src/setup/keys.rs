//! Numbers made of keys: the index that serves them, and keys that share one.

use super::relation::Relation;
use crate::app::App;
use crate::db;
use crate::failure::{Answer, report};
use promo_guard_core::binding::{Column, Entity, Family, Fit, fit, number_of, quote_ident, same_number};
use promo_guard_core::{Refusal, SqlState};

/// The number that stands in a view for this column of a table; none where the column stands there itself.
pub fn number(table: &Relation, column: &Column, name: &str) -> Option<String> {
    let (_, sql_type) = table.columns.iter().find(|(n, _)| n == name)?;
    let numbered = column.family == Family::Id && fit(column.family, sql_type) == Fit::Number;
    numbered.then(|| number_of(&format!("{}::text", quote_ident(name))))
}

/// Whether an index of the table begins with this number.
pub fn is_indexed(table: &Relation, number: &str) -> Answer<bool> {
    let indexes =
        db::read(include_str!("../../../sql/query/setup/key_indexes.sql"), &[table.oid.into()], |row| {
            db::text(row, 1)
        })?;
    Ok(indexes.iter().any(|expression| same_number(expression, number)))
}

/// The statement that makes the index. That of the campaigns is unique: two keys that share a number are then refused when they are
/// written. A partitioned table cannot have one that is unique, or made while it is written to.
pub fn index(table: &Relation, entity: Entity, column: &Column, number: &str) -> Answer<String> {
    let kind = "SELECT c.relkind = 'p' FROM pg_class AS c WHERE c.oid = $1";
    let partitioned = db::read(kind, &[table.oid.into()], |row| db::flag(row, 1))? == [true];
    let unique = (entity, column.name) == (Entity::Campaigns, "id") && !partitioned;
    let unique = if unique { "UNIQUE " } else { "" };
    let concurrently = if partitioned { "" } else { "CONCURRENTLY " };
    Ok(format!("CREATE {unique}INDEX {concurrently}ON {} (({number}));", table.qualified()))
}

/// Numbers that several campaigns share, with their keys.
pub fn collisions(app: &App) -> Answer<Vec<(i64, Vec<String>)>> {
    app.read(include_str!("../../../sql/query/setup/key_collisions.sql"), &[], |row| {
        Ok((db::number(row, 1)?, row.get::<Vec<String>>(2)?.unwrap_or_default()))
    })
}

/// Refuses campaigns that their numbers do not tell apart.
///
/// # Errors
/// 55000.
pub fn check(app: &App, by_hand: bool) -> Answer<()> {
    if by_hand {
        let others = other_numbers(app)?;
        if others > 0 {
            return Err(report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("the view promo_guard.campaigns shows {others} campaigns with another id than the number of their key"),
                )
                .detail("A row is found by its key, and records go by the number that is made of it.")
                .hint("Show as id: promo_guard.key_number(t.its_column::text), and as key: t.its_column::text"),
            ));
        }
    }
    match collisions(app)?.first() {
        Some((id, keys)) => Err(report(crate::keys::collision(*id, keys))),
        None => Ok(()),
    }
}

/// How many campaigns of a view written by hand show another number than that of their key.
pub fn other_numbers(app: &App) -> Answer<i64> {
    let sql = format!(
        "SELECT count(*) FROM promo_guard.campaigns AS c WHERE c.id IS DISTINCT FROM {}",
        number_of("c.key::text")
    );
    Ok(app.read(&sql, &[], |row| db::number(row, 1))?.first().copied().unwrap_or_default())
}
