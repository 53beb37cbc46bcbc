//! `promoctl setup --scaffold`: from what the catalog says to a call of `bind()` that a person reads, corrects and pastes.
//!
//! No database and no output here: the same facts give the same proposal. Evidence is the name of a table or column ([`synonyms`]),
//! its type, and foreign keys.

mod columns;
mod facts;
mod names;
mod proposal;
mod relatives;
mod source;
mod status;
mod synonyms;
mod tables;
mod uses;
mod write;

use promo_guard_core::binding::{Entity, Family};

pub use facts::{Field, Link, Table, ident};
pub use proposal::{Mapped, Proposal, costs};
pub use tables::{Candidate, Chosen};
pub use write::{named_table, statements};

/// The tables that are likely to serve, for a look at the values of their statuses.
pub fn choose<'a>(all: &'a [Table], given: impl Fn(Entity) -> Option<&'a Table>) -> Chosen<'a> {
    tables::choose(all, given)
}

/// The columns whose values tell something, of a table and of its relatives; never one that may hold codes.
pub fn columns_of_words<'a>(chosen: &Chosen<'a>, all: &'a [Table]) -> Vec<(&'a Table, &'a Field)> {
    let mut found: Vec<(&Table, &Field)> = Vec::new();
    for entity in Entity::ALL {
        let Some(candidate) = chosen.of(entity) else { continue };
        let mut tables = vec![candidate.table];
        if entity == Entity::Campaigns {
            tables.extend(relatives::of(candidate.table, all).iter().map(|part| part.table));
        }
        for table in tables {
            let code = tables::code(table).map(|(field, ..)| field.name.as_str());
            for field in status::columns_of_words(entity, table) {
                let known = found.iter().any(|(t, f)| std::ptr::eq(*t, table) && f.name == field.name);
                if !known && code != Some(field.name.as_str()) && field.words.is_empty() {
                    found.push((table, field));
                }
            }
        }
    }
    found
}

/// The proposal.
pub fn propose<'a>(all: &'a [Table], given: impl Fn(Entity) -> Option<&'a Table>) -> Proposal<'a> {
    let chosen = choose(all, given);
    let mut entities: Vec<Mapped<'a>> = Entity::ALL
        .into_iter()
        .filter_map(|entity| {
            let table = chosen.of(entity)?.table;
            let mut parts = if entity == Entity::Campaigns { relatives::of(table, all) } else { Vec::new() };
            let mut found = columns::of(entity, table, &chosen, &parts);
            parts.extend(uses::complete(entity, table, &chosen, all, &mut found));
            columns::finish(entity, table, &mut found);
            let mut mapped = Mapped { entity, table, found, parts, numbered: true, by_view: false };
            let integer = mapped.get("id").and_then(|id| mapped.is_integer(id)).unwrap_or(false);
            mapped.numbered = entity != Entity::Campaigns || integer;
            Some(mapped)
        })
        .collect();
    let numbered = entities.iter().find(|m| m.entity == Entity::Campaigns).is_none_or(|m| m.numbered);
    for mapped in &mut entities {
        let names_campaign =
            mapped.found.iter().any(|f| matches!(f.column.name, "promo_code_id" | "applied_promo_code_id"));
        mapped.by_view = !mapped.numbered
            || (!numbered && names_campaign)
            || mapped.found.iter().any(|found| found.joined.is_some())
            || mapped
                .found
                .iter()
                .any(|found| found.column.family == Family::Id && mapped.is_integer(found) == Some(false))
            || mapped
                .entity
                .columns()
                .iter()
                .any(|column| column.required && mapped.get(column.name).is_none());
    }
    Proposal { chosen, entities }
}

#[cfg(test)]
mod tests;
