//! `bind` and `unbind`: from the application's tables to the adapter views.

use super::keys;
use super::relation::{self, Relation};
use super::sources::{self, Look, Problems};
use super::views::{self, Remembered, Standing};
use super::words;
use super::{grants, history};
use crate::app::App;
use crate::failure::{Answer, OrReport, report};
use crate::json;
use crate::{changes, db, records};
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB, pg_sys};
use promo_guard_core::binding::{Bound, Column, Entity, Given, KEY, Mapping, Source, reconcile, unlike};
use promo_guard_core::{Refusal, SqlState};
use serde_json::{Value, json};

/// What `bind` found for one entity.
struct Found {
    entity: Entity,
    relation: Option<Relation>,
    bound: Option<Bound>,
    standing: Option<Standing>,
    by_hand: bool,
    /// Whether these are campaigns whose ids are numbers made of keys.
    keyed: bool,
}

type Line = (&'static str, &'static str, Option<String>, bool, bool, Option<String>);

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
            name!(note, Option<String>),
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
    let mut problems = Problems::default();
    for entity in Entity::ALL {
        let given = match entity {
            Entity::Campaigns => promo_codes,
            Entity::Attempts => promo_attempts,
            Entity::Redemptions => promo_redemptions,
            Entity::Purchases => purchases,
            Entity::Ledger => ledger,
        };
        if let Some(one) = look_at(entity, given, &path, &mapping, recall(entity), &mut problems)? {
            found.push(one);
        }
    }
    // What a view written by hand shows is not known here.
    let read: Vec<Bound> = found.iter().filter(|f| !f.by_hand).filter_map(|f| f.bound.clone()).collect();
    unlike(&read).into_iter().for_each(|problem| problems.add(problem));
    problems.refuse()?;

    let mut bounds: Vec<Bound> = found.iter().filter_map(|f| f.bound.clone()).collect();
    reconcile(&mut bounds);
    for one in &found {
        let memory = recall(one.entity);
        let definition = match bounds.iter().find(|b| b.entity == one.entity) {
            Some(bound) if !one.by_hand => {
                let grants = memory.map_or_else(|| json!([]), |m| m.grants.clone());
                let text = views::make(bound, &bounds, one.standing.as_ref(), &grants)?;
                sources::check_view(one.entity, bound)?;
                Some(text)
            }
            _ => None,
        };
        remember(one, definition, |column| {
            let recalled = memory.is_some_and(|m| m.columns[column] == false);
            mapping.get(one.entity, column).map_or(recalled, |said| *said == Given::Lacks)
        })?;
    }
    let app = grant_to_owner(&found)?;
    if let (Some(app), Some(campaigns)) = (&app, found.iter().find(|f| f.keyed)) {
        keys::check(app, campaigns.by_hand)?;
    }
    history::attach_anew()?;
    let after: serde_json::Map<String, Value> = found
        .iter()
        .map(|f| {
            let table = f.relation.as_ref().map_or_else(|| "written by hand".to_owned(), Relation::qualified);
            (f.entity.view().to_owned(), table.into())
        })
        .collect();
    records::Action { action: "bind", decision: "DONE", after: Some(after.into()), ..Default::default() }
        .record()?;
    let entities: Vec<Entity> = found.iter().map(|f| f.entity).collect();
    let unknown = match app {
        Some(app) => words::unknown(&entities, None, || Ok(app))?,
        None => Ok(Vec::new()),
    };
    words::warn(&unknown);
    Ok(TableIterator::new(lines(&found, &unknown.unwrap_or_default())?))
}

/// Finds the table and the columns of one entity; `None` for an optional one that the application lacks.
fn look_at(
    entity: Entity,
    given: Option<pg_sys::Oid>,
    path: &[String],
    mapping: &Mapping,
    memory: Option<&Remembered>,
    problems: &mut Problems,
) -> Answer<Option<Found>> {
    let standing = views::standing(entity)?;
    let by_hand = match &standing {
        Some(view) => view.by_hand(memory)?,
        None => false,
    };
    if let Some(view) = standing.as_ref().filter(|_| by_hand) {
        check_hand_written(entity, view)?;
    }
    let shows_keys = match standing.as_ref().filter(|_| by_hand && entity == Entity::Campaigns) {
        Some(view) => relation::columns(view.oid)?.iter().any(|(name, _)| name == KEY),
        None => false,
    };
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
            (true, _) => {
                Ok(Some(Found { entity, relation: None, bound: None, standing, by_hand, keyed: shows_keys }))
            }
            (false, false) => Ok(None),
            (false, true) => {
                problems.no_table(entity, path);
                Ok(None)
            }
        };
    };
    let relation = relation::inspect(entity, oid)?;
    // Columns are recalled only for the table that they were those of.
    let columns = memory.filter(|_| recalled == Some(oid)).map(|m| &m.columns);
    let look = Look { relation: &relation, entity, mapping, recalled: columns, by_hand, shows_keys };
    let mut keyed = shows_keys;
    let mut sources: Vec<Option<Source>> =
        entity.columns().iter().map(|column| look.source(column, problems)).collect::<Answer<_>>()?;
    let place = |name: &str| entity.columns().iter().position(|c| c.name == name);
    if let (Some(id), Some(key)) = (place("id"), place(KEY)) {
        sources[key] = sources[id].as_ref().and_then(Source::of_key);
        keyed |= sources[key].is_some() && !by_hand;
    }
    let bound =
        Bound { entity, relation: (relation.schema.clone(), relation.name.clone()), columns: sources };
    Ok(Some(Found { entity, relation: Some(relation), bound: Some(bound), standing, by_hand, keyed }))
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

/// A view written by hand is the contract for reading, so it must have every column.
fn check_hand_written(entity: Entity, view: &Standing) -> Answer<()> {
    let have = relation::columns(view.oid)?;
    let lacking: Vec<_> = entity
        .columns()
        .iter()
        .filter(|c| !c.rare)
        .map(|c| c.name)
        .filter(|c| !have.iter().any(|(n, _)| n == c))
        .collect();
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
                Some(source) => source.given.clone(),
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
fn grant_to_owner(found: &[Found]) -> Answer<Option<App>> {
    let views: Vec<String> = found.iter().map(|f| f.entity.view().to_owned()).collect();
    let owner = db::run(include_str!("../../../sql/query/setup/app_owner.sql"), &[views.into()], |row| {
        Ok((row.get::<pg_sys::Oid>(3)?, row.text(4)?))
    })?;
    let Some((Some(oid), Some(owner))) = owner.into_iter().next() else { return Ok(None) };
    let views: Vec<&str> = found.iter().map(|f| f.entity.view()).collect();
    grants::grant_application(&views, &db::ident(&owner))?;
    Ok(Some(App::owned_by(oid)))
}

/// The answer: a line a canonical column.
fn lines(found: &[Found], unknown: &[words::Unknown]) -> Answer<Vec<Line>> {
    let mut lines = Vec::new();
    for one in found {
        for (i, column) in one.entity.columns().iter().enumerate() {
            let source = one.bound.as_ref().and_then(|b| b.columns[i].as_ref());
            let bound_to = if one.by_hand && !column.rare {
                Some(format!("promo_guard.{}.{} (written by hand)", one.entity, column.name))
            } else {
                let table = one.relation.as_ref().map(Relation::qualified).unwrap_or_default();
                source.map(|s| match (&s.made, &s.name) {
                    (made, Some(name)) if made.is_none() || s.key.is_some() => {
                        format!("{table}.{}", db::ident(name))
                    }
                    (made, _) => {
                        let made = s.key.as_ref().or(made.as_ref()).cloned().unwrap_or_default();
                        let bare = made.strip_prefix("(\n").and_then(|made| made.strip_suffix("\n)"));
                        bare.unwrap_or(&made).to_owned()
                    }
                })
            };
            let is_found = bound_to.is_some();
            if column.rare && !is_found {
                continue;
            }
            let numbered = source.filter(|s| s.key.is_some() && !one.by_hand);
            let note = match (numbered, is_found) {
                (Some(source), _) => Some(of_number(one, column, source)?),
                (None, true) => {
                    let words = unknown.iter().find(|u| u.entity == one.entity && u.column == column.name);
                    words.map(|u| format!("values that no rule knows: {}", u.counts()))
                }
                (None, false) => Some(column.costs.to_owned()),
            };
            lines.push((one.entity.view(), column.name, bound_to, column.required, is_found, note));
        }
    }
    Ok(lines)
}

/// What is to be known of a number made of a key: the index for it, where there is none.
fn of_number(one: &Found, column: &Column, source: &Source) -> Answer<String> {
    let plain = "a number made of the key".to_owned();
    let (Some(table), Some(name)) = (&one.relation, &source.name) else { return Ok(plain) };
    match keys::number(table, column, name) {
        Some(number) if !keys::is_indexed(table, &number)? => {
            let index = keys::index(table, one.entity, column, &number)?;
            Ok(format!("{plain}; an index for it: {index}"))
        }
        _ => Ok(plain),
    }
}
