//! `promoctl setup --scaffold`: from what the catalog says to a call of `bind()` that a person reads, corrects and pastes.
//!
//! No database and no output here: the same facts give the same proposal. Evidence is the name of a table or column ([`synonyms`]),
//! its type, and foreign keys.

mod columns;
mod facts;
mod ids;
mod names;
mod proposal;
mod relatives;
mod source;
mod status;
mod synonyms;
mod tables;
mod uses;
mod write;

use promo_guard_core::binding::{Column, Entity};

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
            Some(Mapped { entity, table, found, parts, by_view: false })
        })
        .collect();
    ids::agree(&mut entities);
    for mapped in &mut entities {
        let lacks = |column: &&Column| column.required && mapped.get(column.name).is_none();
        mapped.by_view = mapped.found.iter().any(|found| found.joined.is_some())
            || mapped.entity.columns().iter().any(|c| lacks(&c));
    }
    Proposal { chosen, entities }
}

#[cfg(test)]
mod tests;
