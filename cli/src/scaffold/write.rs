//! The statements to paste: one call of `bind()`, with a view for what it cannot map.

use promo_guard_core::binding::{Column, Entity, Family, quote_literal};
use serde_json::Value as Json;

use super::facts::{Table, ident};
use super::ids;
use super::proposal::{Mapped, Proposal};
use super::source::Found;

/// What is said of columns, in the order of the view.
type Said = Vec<(&'static str, Json)>;

/// Columns of campaigns that are written through a view.
const WRITTEN: [&str; 11] = [
    "id",
    "code_hash",
    "code_prefix",
    "status",
    "valid_from",
    "valid_until",
    "max_total_uses",
    "used_total",
    "max_uses_per_user",
    "created_at",
    "updated_at",
];

/// Where an adopting shop gets its table of attempts.
const ATTEMPTS: &str = "\\i sql/reference/attempts.sql";

/// The statements.
pub fn statements(proposal: &Proposal<'_>) -> Vec<String> {
    let mut out = vec!["CREATE EXTENSION IF NOT EXISTS promo_guard;".to_owned()];
    if proposal.mapped(Entity::Attempts).is_none() {
        out.push(format!(
            "-- No table of attempts was found. docs/ADOPTING.md: what to record in it.\n{ATTEMPTS}"
        ));
        out.extend(ids::users_of_attempts(proposal));
    }
    for mapped in proposal.entities.iter().filter(|mapped| mapped.by_view) {
        out.push(view(mapped));
    }
    out.push(bind(proposal));
    let indexes = ids::indexes(proposal);
    if !indexes.is_empty() {
        out.push(format!(
            "-- Lookups go by numbers that are made of keys. These indexes serve them.\n{}",
            indexes.join("\n")
        ));
    }
    out.push("SELECT * FROM promo_guard.doctor();".to_owned());
    out
}

/// The call of `bind()`.
fn bind(proposal: &Proposal<'_>) -> String {
    let mut arguments = Vec::new();
    let mut columns: Vec<(Entity, Said)> = Vec::new();
    for entity in Entity::ALL {
        let Some(mapped) = proposal.mapped(entity) else { continue };
        // Of an entity with a view only the campaigns' table is named: what is changed stands there.
        if mapped.by_view && entity != Entity::Campaigns {
            continue;
        }
        arguments.push(format!("    {} => {}", entity.table(), quote_literal(&mapped.table.quoted())));
        let said: Said = if mapped.by_view { written_through(mapped) } else { named(mapped) };
        if !said.is_empty() {
            columns.push((entity, said));
        }
    }
    if proposal.mapped(Entity::Attempts).is_none() {
        arguments.push("    promo_attempts => 'promo_attempts'".to_owned());
    }
    if !columns.is_empty() {
        arguments.push(format!("    columns => {}", quote_literal(&pretty(&columns))));
    }
    format!("SELECT * FROM promo_guard.bind(\n{});", arguments.join(",\n"))
}

/// Every column that is not found by its name.
fn named(mapped: &Mapped<'_>) -> Said {
    let usual = |column: &Column| {
        [column.usual, column.name].into_iter().find(|name| mapped.table.field(name).is_some())
    };
    let of = |column: &'static Column| mapped.found.iter().find(|found| found.column.name == column.name);
    let said = mapped.entity.columns().iter().filter_map(|column| match of(column) {
        Some(found) if found.json.as_str().is_some_and(|name| usual(column) == Some(name)) => None,
        Some(found) => Some((column.name, found.json.clone())),
        // A column of the right name that was judged to be something else.
        None if usual(column).is_some()
            && !column.required
            && !column.rare
            && column.family != Family::Opaque =>
        {
            Some((column.name, Json::Null))
        }
        None => None,
    });
    said.collect()
}

/// What `pause()`, `fix_campaign()` and `rotate()` write, where the campaigns are a view: columns of the bound table only.
fn written_through(mapped: &Mapped<'_>) -> Said {
    let mut said = Said::new();
    for name in WRITTEN {
        let found = mapped.found.iter().find(|found| found.column.name == name && found.joined.is_none());
        let json = match (name, found) {
            ("status", Some(found)) if found.json["column"].is_string() => {
                let mut json = found.json.clone();
                if let Some(object) = json.as_object_mut() {
                    object.remove("sql");
                }
                json
            }
            (_, Some(found)) => match mapped.bare(found) {
                Some(column) => column.into(),
                None => continue,
            },
            _ => continue,
        };
        if json.as_str() != Some(name) {
            said.push((name, json));
        }
    }
    said
}

/// The object with a line for each column, so that a person can read and edit it.
fn pretty(columns: &[(Entity, Said)]) -> String {
    let entities: Vec<String> = columns
        .iter()
        .map(|(entity, said)| {
            let lines: Vec<String> =
                said.iter().map(|(name, json)| format!("    \"{name}\": {json}")).collect();
            format!("  \"{entity}\": {{\n{}\n  }}", lines.join(",\n"))
        })
        .collect();
    format!("{{\n{}\n}}", entities.join(",\n"))
}

/// A view over the tables.
fn view(mapped: &Mapped<'_>) -> String {
    let mut lines: Vec<String> = mapped
        .entity
        .columns()
        .iter()
        .filter_map(|column| {
            let found = mapped.found.iter().find(|found| found.column.name == column.name);
            let name = ident(column.name);
            Some(match found {
                Some(found) => {
                    let check =
                        found.note.as_ref().map_or(String::new(), |note| format!(" /* {} */", comment(note)));
                    format!("    {} AS {name}{check}", found.in_view())
                }
                None if column.rare => return None,
                None => {
                    let what = if column.required { "REQUIRED and not found: write it" } else { "not found" };
                    format!("    NULL::{} AS {name} /* {what} */", column.family.null_type())
                }
            })
        })
        .collect();
    lines.extend(ids::key_column(mapped));
    let mut joins: Vec<&(String, String)> = Vec::new();
    let needed = mapped.found.iter().filter_map(|found| found.joined.as_ref());
    for part in needed.filter_map(|alias| mapped.parts.iter().find(|part| part.alias == *alias)) {
        for join in &part.joins {
            if !joins.iter().any(|other| other.0 == join.0) {
                joins.push(join);
            }
        }
    }
    joins.sort_by_key(|(alias, _)| alias.trim_start_matches('p').parse::<u32>().unwrap_or(0));
    let mut from = format!("FROM {} AS t", mapped.table.quoted());
    for (_, join) in joins {
        from.push_str(&format!("\n    {join}"));
    }
    // A promotion without a code is applied by itself.
    if let Some((field, ..)) = super::tables::code(mapped.table)
        .filter(|(field, ..)| mapped.entity == Entity::Campaigns && field.nullable)
    {
        from.push_str(&format!("\nWHERE t.{} IS NOT NULL", ident(&field.name)));
    }
    format!("CREATE VIEW promo_guard.{} AS SELECT\n{}\n{from};", mapped.entity, lines.join(",\n"))
}

/// A text within a comment of SQL.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}

impl Mapped<'_> {
    /// The bare column of the bound table behind what was found; none for an expression over several or none.
    fn bare(&self, found: &Found) -> Option<String> {
        if let Some(name) = found.json.as_str() {
            return Some(name.to_owned());
        }
        let fields =
            self.table.fields.iter().filter(|field| found.sql.contains(&format!("t.{}", ident(&field.name))));
        let mut names: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
        // The longest: `t.used` is in `t.used_at`.
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let first = names.first()?;
        names
            .iter()
            .all(|name| first.contains(name))
            .then(|| (*first).to_owned())
            .filter(|_| found.column.family == Family::Time)
    }
}

/// A table that a person named: `table`, `schema.table`, quoted or not.
pub fn named_table<'a>(all: &'a [Table], name: &str) -> Option<&'a Table> {
    let plain = name.replace('"', "");
    let full = all
        .iter()
        .find(|table| table.quoted() == name || [plain.as_str(), name].contains(&table.shown().as_str()));
    full.or_else(|| all.iter().find(|table| table.name == plain || table.name == name))
}
