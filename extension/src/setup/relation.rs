//! The application's tables as the catalog describes them.

use crate::db;
use crate::failure::{Answer, report};
use pgrx::pg_sys;
use promo_guard_core::binding::{Entity, SqlType};
use promo_guard_core::{Refusal, SqlState};

/// A relation of the application's.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Its oid.
    pub oid: pg_sys::Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns with their types.
    pub columns: Vec<(String, SqlType)>,
}

impl Relation {
    /// Schema and name, quoted where they must be.
    pub fn qualified(&self) -> String {
        format!("{}.{}", db::ident(&self.schema), db::ident(&self.name))
    }
}

/// The oid of a table by schema and name.
pub fn find(schema: &str, name: &str) -> Answer<Option<pg_sys::Oid>> {
    let found = db::read(
        "SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
        &[schema.into(), name.into()],
        |row| row.get::<pg_sys::Oid>(1),
    )?;
    Ok(found.into_iter().flatten().next())
}

/// Looks at a relation that is to stand behind `entity`.
///
/// # Errors
/// 42P01 for an oid that is no relation; 42809 for one of the wrong kind.
pub fn inspect(entity: Entity, oid: pg_sys::Oid) -> Answer<Relation> {
    let rows = db::read(
        "SELECT n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[oid.into()],
        |row| Ok((db::text(row, 1)?, db::text(row, 2)?, db::text(row, 3)?, db::text(row, 4)?)),
    )?;
    let Some((schema, name, kind, persistence)) = rows.into_iter().next() else {
        return Err(report(
            Refusal::new(SqlState::UndefinedTable, format!("there is no relation with oid {}", oid.to_u32()))
                .detail(format!("It was given for {}.", entity.table()))
                .hint(format!("{} => 'schema.table'", entity.table())),
        ));
    };
    let wrong = |what: &str, hint: String| {
        Err(report(
            Refusal::new(SqlState::WrongObjectType, format!("\"{schema}\".\"{name}\" is {what}"))
                .detail(format!("{} must be a table of the application's.", entity.table()))
                .hint(hint),
        ))
    };
    let name_one = format!("{} => 'schema.table'", entity.table());
    if persistence == "t" {
        return wrong("a temporary table", name_one);
    }
    match kind.as_str() {
        "r" | "p" => {}
        "f" if entity != Entity::Campaigns => {}
        "f" => return wrong("a foreign table", name_one),
        "v" | "m" => {
            let what = if kind == "v" { "a view" } else { "a materialized view" };
            return wrong(
                what,
                format!(
                    "Write the adapter view promo_guard.{entity} over it by hand, then call bind() without this argument."
                ),
            );
        }
        "i" | "I" => return wrong("an index", name_one),
        "S" => return wrong("a sequence", name_one),
        "c" => return wrong("a composite type", name_one),
        _ => return wrong("not a table", name_one),
    }
    Ok(Relation { oid, columns: columns(oid)?, schema, name })
}

/// A relation's columns with their types, domains seen through.
pub fn columns(oid: pg_sys::Oid) -> Answer<Vec<(String, SqlType)>> {
    db::read(include_str!("../../../sql/query/setup/columns.sql"), &[oid.into()], |row| {
        let sql_type =
            SqlType { name: db::text(row, 2)?, base: db::text(row, 3)?, is_enum: db::flag(row, 4)? };
        Ok((db::text(row, 1)?, sql_type))
    })
}
