//! The adapter views as objects: made, told from hand-written ones, dropped, their grants remembered.

use crate::failure::{Answer, report};
use crate::{db, records};
use pgrx::{JsonB, pg_sys};
use promo_guard_core::binding::{Bound, Entity, comment_statements, create_view, same_shape, same_view};
use promo_guard_core::{Refusal, SqlState};
use serde_json::Value;
use std::collections::HashMap;

/// What `promo_guard.binding` remembers of an entity.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The entity.
    pub entity: Entity,
    /// Schema and name of the application's table.
    pub relation: Option<(String, String)>,
    /// The application's column for each canonical one.
    pub columns: Value,
    /// The view as we made it.
    pub definition: Option<String>,
    /// Grants on it.
    pub grants: Value,
    /// Whether it is bound now.
    pub bound: bool,
}

/// The application's column in what `bind` was told of one.
pub fn column_of(said: &Value) -> Option<&str> {
    said.as_str().or_else(|| said["column"].as_str())
}

/// All that is remembered.
pub fn remembered() -> Answer<Vec<Remembered>> {
    let rows = db::read(
        "SELECT entity, relation_schema::text, relation_name::text, columns, view_definition, view_grants, bound FROM promo_guard.binding",
        &[],
        |row| {
            let json = |column| row.get::<JsonB>(column).map(|j| j.map_or(Value::Null, |j| j.0));
            let relation = row.text(2)?.zip(row.text(3)?);
            Ok((
                Entity::named(&db::text(row, 1)?),
                relation,
                json(4)?,
                row.get(5)?,
                json(6)?,
                db::flag(row, 7)?,
            ))
        },
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|(entity, relation, columns, definition, grants, bound)| {
            Some(Remembered { entity: entity?, relation, columns, definition, grants, bound })
        })
        .collect())
}

/// An adapter view as it stands.
pub struct Standing {
    /// Its oid.
    pub oid: pg_sys::Oid,
    /// Its text, as PostgreSQL prints it.
    pub definition: String,
}

impl Standing {
    /// Whether it is not the one that `bind()` made. A text of the same shape with other names is still ours where the
    /// table or a column that was bound is no longer there under its name: they were renamed, and the view went along.
    pub fn by_hand(&self, remembered: Option<&Remembered>) -> Answer<bool> {
        let Some((memory, made)) = remembered.and_then(|r| Some((r, r.definition.as_deref()?))) else {
            return Ok(true);
        };
        if same_view(made, &self.definition) {
            return Ok(false);
        }
        Ok(!same_shape(made, &self.definition) || memory.stands()?)
    }
}

impl Remembered {
    /// The application's column for a canonical one, as it is: to be written, or to be looked for in the table.
    pub fn column(&self, canonical: &str) -> Option<&str> {
        column_of(&self.columns[canonical])
    }

    /// Whether the view has something for a canonical column.
    pub fn has(&self, canonical: &str) -> bool {
        matches!(self.columns[canonical], Value::String(_) | Value::Object(_))
    }

    /// Whether the table that was bound still exists with all the columns that were.
    fn stands(&self) -> Answer<bool> {
        let Some((schema, name)) = &self.relation else { return Ok(false) };
        let Some(oid) = super::relation::find(schema, name)? else { return Ok(false) };
        let have = super::relation::columns(oid)?;
        let mut bound = self.columns.as_object().into_iter().flat_map(|c| c.values()).filter_map(column_of);
        Ok(bound.all(|column| have.iter().any(|(n, _)| n == column)))
    }
}

/// The view of an entity, where there is one.
///
/// # Errors
/// 42809 where something else has its name.
pub fn standing(entity: Entity) -> Answer<Option<Standing>> {
    Ok(standing_among(&[entity])?.pop().and_then(|(_, view)| view))
}

/// Every entity with its view, where there is one: one look at the catalog.
///
/// # Errors
/// As [`standing`].
pub fn all_standing() -> Answer<Vec<(Entity, Option<Standing>)>> {
    standing_among(&Entity::ALL)
}

fn standing_among(entities: &[Entity]) -> Answer<Vec<(Entity, Option<Standing>)>> {
    let names: Vec<String> = entities.iter().map(|e| e.view().to_owned()).collect();
    let mut rows = db::read(
        "SELECT c.relname::text, c.oid, c.relkind::text, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END FROM pg_class AS c
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relname = ANY ($1)",
        &[names.into()],
        |row| {
            Ok((db::text(row, 1)?, (row.get::<pg_sys::Oid>(2)?, db::text(row, 3)?, row.text(4)?)))
        },
    )?
    .into_iter()
    .collect::<HashMap<String, _>>();
    entities
        .iter()
        .map(|entity| Ok((*entity, rows.remove(entity.view()).map(|row| as_view(*entity, row)).transpose()?)))
        .collect()
}

fn as_view(
    entity: Entity,
    (oid, kind, definition): (Option<pg_sys::Oid>, String, Option<String>),
) -> Answer<Standing> {
    match (oid, definition) {
        (Some(oid), Some(definition)) => Ok(Standing { oid, definition }),
        _ => Err(report(
            Refusal::new(SqlState::WrongObjectType, format!("promo_guard.{entity} is not a view"))
                .detail(format!("It is a relation of kind \"{kind}\"."))
                .hint("An adapter view must be a plain view: functions run as the owner of the table behind it."),
        )),
    }
}

/// Grants on a view to anybody but its owner, as JSON.
pub fn grants(oid: pg_sys::Oid) -> Answer<Value> {
    let rows = db::read(include_str!("../../../sql/query/setup/view_grants.sql"), &[oid.into()], |row| {
        row.get::<JsonB>(1)
    })?;
    Ok(rows.into_iter().flatten().next().map_or_else(|| Value::Array(Vec::new()), |j| j.0))
}

/// Gives back grants that were remembered; roles that are gone meanwhile are passed over.
pub fn grant_again(entity: Entity, grants: &Value) -> Answer<()> {
    for grant in grants.as_array().into_iter().flatten() {
        let (Some(role), Some(privilege)) = (grant["role"].as_str(), grant["privilege"].as_str()) else {
            continue;
        };
        let to = if role == "public" && grant["public"] == true {
            "PUBLIC".to_owned()
        } else {
            let known =
                db::read("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", &[role.into()], |row| {
                    db::flag(row, 1)
                })?;
            if known != [true] {
                continue;
            }
            db::ident(role)
        };
        let option = if grant["grantable"] == true { " WITH GRANT OPTION" } else { "" };
        // The privilege's name comes from aclexplode, by way of a table that only the owner can write; it is checked all the same.
        if privilege.chars().all(|c| c.is_ascii_uppercase() || c == ' ') {
            db::execute(&format!("GRANT {privilege} ON promo_guard.{entity} TO {to}{option}"), &[])?;
        }
    }
    Ok(())
}

/// Makes the view of `bound`, or makes it anew; gives its text.
pub fn make(
    bound: &Bound,
    all: &[Bound],
    standing: Option<&Standing>,
    grants_before: &Value,
) -> Answer<String> {
    let entity = bound.entity;
    let sql = create_view(bound, all);
    let mut grants_kept = grants_before.clone();
    if let Some(old) = standing {
        grants_kept = grants(old.oid)?;
        let types: Vec<String> =
            super::relation::columns(old.oid)?.into_iter().map(|(_, t)| t.name).collect();
        if types != bound.column_types(all) {
            // CREATE OR REPLACE cannot change a column's type.
            db::execute(&format!("DROP VIEW promo_guard.{entity}"), &[])?;
        }
    }
    db::execute(&sql, &[])?;
    // The views belong to the extension's owner, whichever superuser calls.
    let owner = db::ident(&records::extension()?.owner_name);
    db::execute(&format!("ALTER VIEW promo_guard.{entity} OWNER TO {owner}"), &[])?;
    for comment in comment_statements(bound) {
        db::execute(&comment, &[])?;
    }
    // Default privileges may have opened it to others.
    if let Some(made) = self::standing(entity)? {
        for grant in grants(made.oid)?.as_array().into_iter().flatten() {
            let role = match grant["role"].as_str() {
                Some(role) if grant["public"] != true => db::ident(role),
                _ => "PUBLIC".to_owned(),
            };
            db::execute(&format!("REVOKE ALL ON promo_guard.{entity} FROM {role} CASCADE"), &[])?;
        }
    }
    grant_again(entity, &grants_kept)?;
    Ok(self::standing(entity)?.map_or_else(String::new, |s| s.definition))
}
