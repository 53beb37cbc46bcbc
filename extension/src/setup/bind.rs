//! `bind` and `unbind`: from the application's tables to the adapter views.

use super::grants;
use super::relation::{self, Relation};
use super::views::{self, Remembered, Standing};
use crate::failure::{Answer, OrReport, report};
use crate::json;
use crate::{changes, db, records};
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB, pg_sys};
use promo_guard_core::binding::{Bound, Column, Entity, Fit, Mapping, Source, fit, reconcile};
use promo_guard_core::{Refusal, SqlState};
use serde_json::{Value, json};

/// What `bind` found for one entity.
struct Found {
    entity: Entity,
    relation: Option<Relation>,
    bound: Option<Bound>,
    standing: Option<Standing>,
    by_hand: bool,
}

type Line = (&'static str, &'static str, Option<String>, bool, bool);

#[pg_extern(sql = false)]
fn bind(
    promo_codes: Option<pg_sys::Oid>,
    promo_attempts: Option<pg_sys::Oid>,
    promo_redemptions: Option<pg_sys::Oid>,
    purchases: Option<pg_sys::Oid>,
    columns: Option<AnyElement>,
    ledger: Option<pg_sys::Oid>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(entity, &'static str),
            name!(canonical, &'static str),
            name!(bound_to, Option<String>),
            name!(required, bool),
            name!(found, bool),
        ),
    >,
> {
    changes::allowed()?;
    changes::owner_only("bind")?;
    // The caller's search_path is asked for once, in a statement without an operator, before anything else runs; from
    // then on ours is in force. pg_temp is not in this list unless somebody wrote it into the path, and is left out below.
    let path = db::run("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]", &[], |row| {
        row.get::<Vec<String>>(1)
    })?
    .into_iter()
    .flatten()
    .next()
    .unwrap_or_default();
    let _settings = changes::Settings::safe();
    let mapping = Mapping::parse(&columns.map_or_else(|| Ok(json!({})), |c| json::value(&c, "columns"))?)
        .or_report()?;
    changes::lock_setup()?;
    let remembered = views::remembered()?;
    let recall = |entity| remembered.iter().find(|r| r.entity == entity);

    let mut found = Vec::new();
    for entity in Entity::ALL {
        let given = match entity {
            Entity::Campaigns => promo_codes,
            Entity::Attempts => promo_attempts,
            Entity::Redemptions => promo_redemptions,
            Entity::Purchases => purchases,
            Entity::Ledger => ledger,
        };
        if let Some(one) = look_at(entity, given, &path, &mapping, recall(entity))? {
            found.push(one);
        }
    }

    let mut bounds: Vec<Bound> = found.iter().filter_map(|f| f.bound.clone()).collect();
    reconcile(&mut bounds);
    for one in &found {
        let memory = recall(one.entity);
        let definition = match bounds.iter().find(|b| b.entity == one.entity) {
            Some(bound) if !one.by_hand => {
                let grants = memory.map_or_else(|| json!([]), |m| m.grants.clone());
                Some(views::make(bound, &bounds, one.standing.as_ref(), &grants)?)
            }
            _ => None,
        };
        remember(one, definition, |column| {
            let recalled = memory.is_some_and(|m| m.columns[column] == false);
            mapping.get(one.entity, column).map_or(recalled, |said| said.is_none())
        })?;
    }
    grant_to_owner(&found)?;
    let after: serde_json::Map<String, Value> = found
        .iter()
        .map(|f| {
            let table = f.relation.as_ref().map_or_else(|| "written by hand".to_owned(), Relation::qualified);
            (f.entity.view().to_owned(), table.into())
        })
        .collect();
    records::Action { action: "bind", decision: "DONE", after: Some(after.into()), ..Default::default() }
        .record()?;
    Ok(TableIterator::new(lines(&found)?))
}

/// Finds the table and the columns of one entity; `None` for an optional one that the application lacks.
fn look_at(
    entity: Entity,
    given: Option<pg_sys::Oid>,
    path: &[String],
    mapping: &Mapping,
    memory: Option<&Remembered>,
) -> Answer<Option<Found>> {
    let standing = views::standing(entity)?;
    let by_hand = match &standing {
        Some(view) => view.by_hand(memory)?,
        None => false,
    };
    if let Some(view) = standing.as_ref().filter(|_| by_hand) {
        check_hand_written(entity, view)?;
    }
    let recalled = match memory.and_then(|m| m.relation.as_ref()) {
        Some((schema, name)) => relation::find(schema, name)?,
        None => None,
    };
    let oid = match given.or(recalled) {
        Some(oid) => Some(oid),
        // Without being told, no ledger is looked for: a table of that common name may be anything.
        None if entity == Entity::Ledger => None,
        None => on_path(entity, path)?,
    };
    let Some(oid) = oid else {
        return match (by_hand, entity.required()) {
            (true, _) => Ok(Some(Found { entity, relation: None, bound: None, standing, by_hand })),
            (false, false) => Ok(None),
            (false, true) => Err(report(
                Refusal::new(
                    SqlState::UndefinedTable,
                    format!("no table \"{}\" on the search_path", entity.table()),
                )
                .detail(format!("The search_path is {}.", path.join(", ")))
                .hint(format!("SELECT * FROM promo_guard.bind({} => 'schema.table');", entity.table())),
            )),
        };
    };
    let relation = relation::inspect(entity, oid)?;
    // Columns are recalled only for the table that they were those of.
    let columns = memory.filter(|_| recalled == Some(oid)).map(|m| &m.columns);
    let mut sources = Vec::new();
    for column in entity.columns() {
        sources.push(source(&relation, entity, column, mapping, columns, by_hand)?);
    }
    let bound =
        Bound { entity, relation: (relation.schema.clone(), relation.name.clone()), columns: sources };
    Ok(Some(Found { entity, relation: Some(relation), bound: Some(bound), standing, by_hand }))
}

/// The first table of the usual name on the path, temporary ones left out.
fn on_path(entity: Entity, path: &[String]) -> Answer<Option<pg_sys::Oid>> {
    for schema in path.iter().filter(|s| !s.starts_with("pg_temp")) {
        if let Some(oid) = relation::find(schema, entity.table())? {
            return Ok(Some(oid));
        }
    }
    Ok(None)
}

/// Where a canonical column comes from.
fn source(
    relation: &Relation,
    entity: Entity,
    column: &'static Column,
    mapping: &Mapping,
    recalled: Option<&Value>,
    by_hand: bool,
) -> Answer<Option<Source>> {
    let get = |name: &str| relation.columns.iter().find(|(n, _)| n == name);
    let have = || relation.columns.iter().map(|(n, _)| db::ident(n)).collect::<Vec<_>>().join(", ");
    let example = |name: &str| format!("columns => '{{\"{entity}\": {{\"{}\": \"{name}\"}}}}'", column.name);
    let found = match mapping.get(entity, column.name) {
        Some(Some(name)) => Some(get(name).ok_or_else(|| {
            report(
                Refusal::new(
                    SqlState::UndefinedColumn,
                    format!(
                        "{} has no column {}, to which \"{entity}\".\"{}\" is mapped",
                        relation.qualified(),
                        db::ident(name),
                        column.name
                    ),
                )
                .detail(format!("Its columns are {}.", have()))
                .hint(example("...")),
            )
        })?),
        Some(None) => None,
        None if recalled.is_some_and(|r| r[column.name] == false) => None,
        None => recalled
            .and_then(|r| r[column.name].as_str())
            .and_then(get)
            .or_else(|| get(column.usual))
            .or_else(|| get(column.name)),
    };
    let Some((name, sql_type)) = found else {
        if column.required && !by_hand {
            return Err(report(
                Refusal::new(
                    SqlState::UndefinedColumn,
                    format!("{} has no column for \"{entity}\".\"{}\"", relation.qualified(), column.name),
                )
                .detail(format!("It is needed: {}. Columns there are {}.", column.description, have()))
                .hint(example("its name there")),
            ));
        }
        return Ok(None);
    };
    let cast = match fit(column.family, sql_type) {
        Fit::AsIs => None,
        Fit::Cast(target) => Some(target.to_owned()),
        Fit::No if by_hand => return Ok(None),
        Fit::No => {
            return Err(report(
                Refusal::new(
                    SqlState::DatatypeMismatch,
                    format!(
                        "column {} of {} is of type {}",
                        db::ident(name),
                        relation.qualified(),
                        sql_type.name
                    ),
                )
                .detail(format!(
                    "For \"{entity}\".\"{}\" it must be {}.",
                    column.name,
                    column.family.accepts()
                ))
                .hint(format!(
                    "Write the adapter view promo_guard.{entity} by hand, or map another column: {}",
                    example("...")
                )),
            ));
        }
    };
    Ok(Some(Source { name: name.clone(), sql_type: sql_type.clone(), cast }))
}

/// A view written by hand is the contract for reading, so it must have every column.
fn check_hand_written(entity: Entity, view: &Standing) -> Answer<()> {
    let have = relation::columns(view.oid)?;
    let lacking: Vec<_> =
        entity.columns().iter().map(|c| c.name).filter(|c| !have.iter().any(|(n, _)| n == c)).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(report(
        Refusal::new(SqlState::UndefinedColumn, format!("the view promo_guard.{entity}, written by hand, lacks columns"))
            .detail(format!("It lacks {}.", lacking.join(", ")))
            .hint("Show a column that the application has not as a typed null, for example NULL::bigint AS user_id."),
    ))
}

/// Records what is bound; `denied` are the columns of which somebody said that there is none.
fn remember(one: &Found, definition: Option<String>, denied: impl Fn(&'static str) -> bool) -> Answer<()> {
    let columns: serde_json::Map<String, Value> = one
        .bound
        .iter()
        .flat_map(|b| one.entity.columns().iter().zip(&b.columns))
        .map(|(c, s)| {
            let name = match s {
                Some(source) => source.name.clone().into(),
                None if denied(c.name) => false.into(),
                None => Value::Null,
            };
            (c.name.to_owned(), name)
        })
        .collect();
    db::execute(
        include_str!("../../../sql/query/setup/remember_binding.sql"),
        &[
            one.entity.view().into(),
            one.relation.as_ref().map(|r| r.schema.clone()).into(),
            one.relation.as_ref().map(|r| r.name.clone()).into(),
            JsonB(columns.into()).into(),
            definition.into(),
        ],
    )
}

/// Lets the owner of the campaigns' table, as whom the views are read, read them.
fn grant_to_owner(found: &[Found]) -> Answer<()> {
    let views: Vec<String> = found.iter().map(|f| f.entity.view().to_owned()).collect();
    let owner = db::run(include_str!("../../../sql/query/setup/app_owner.sql"), &[views.into()], |row| {
        row.get::<String>(4)
    })?;
    if let Some(owner) = owner.into_iter().flatten().next() {
        let views: Vec<&str> = found.iter().map(|f| f.entity.view()).collect();
        grants::grant_application(&views, &db::ident(&owner))?;
    }
    Ok(())
}

/// The answer: a line a canonical column.
fn lines(found: &[Found]) -> Answer<Vec<Line>> {
    let mut lines = Vec::new();
    for one in found {
        for (i, column) in one.entity.columns().iter().enumerate() {
            let bound_to = if one.by_hand {
                Some(format!("promo_guard.{}.{} (written by hand)", one.entity, column.name))
            } else {
                let source = one.bound.as_ref().and_then(|b| b.columns[i].as_ref());
                let table = one.relation.as_ref().map(Relation::qualified).unwrap_or_default();
                source.map(|s| format!("{table}.{}", db::ident(&s.name)))
            };
            let is_found = bound_to.is_some();
            lines.push((one.entity.view(), column.name, bound_to, column.required, is_found));
        }
    }
    Ok(lines)
}

#[pg_extern(sql = false)]
fn unbind() -> Answer<String> {
    changes::allowed()?;
    changes::owner_only("unbind")?;
    let _settings = changes::Settings::lock_timeout();
    changes::lock_setup()?;
    let bound: Vec<Remembered> = views::remembered()?.into_iter().filter(|r| r.bound).collect();
    if bound.is_empty() {
        return Err(report(crate::app::not_bound("campaigns")));
    }
    let (mut dropped, mut kept) = (Vec::new(), Vec::new());
    for one in &bound {
        let standing = views::standing(one.entity)?;
        let mut grants = one.grants.clone();
        match standing {
            Some(view) if view.by_hand(Some(one))? => kept.push(one.entity.view()),
            Some(view) => {
                grants = views::grants(view.oid)?;
                db::execute(&format!("DROP VIEW promo_guard.{}", one.entity), &[])?;
                dropped.push(one.entity.view());
            }
            None => {}
        }
        db::execute(
            "UPDATE promo_guard.binding SET bound = false, view_grants = $2, changed_at = clock_timestamp(), changed_by = session_user WHERE entity = $1",
            &[one.entity.view().into(), JsonB(grants).into()],
        )?;
    }
    let after = json!({ "dropped": dropped, "kept": kept });
    records::Action { action: "unbind", decision: "DONE", after: Some(after), ..Default::default() }
        .record()?;
    let kept = if kept.is_empty() {
        String::new()
    } else {
        format!("; written by hand and left alone: {}", kept.join(", "))
    };
    let dropped = if dropped.is_empty() { "nothing".to_owned() } else { dropped.join(", ") };
    Ok(format!("dropped the views {dropped}{kept}; mapping and grants are remembered for the next bind()"))
}
