//! A proposal: the tables chosen, and what stands for each column.

use promo_guard_core::binding::{Column, Entity};

use super::facts::{Field, Table};
use super::relatives::Part;
use super::source::Found;
use super::tables::Chosen;

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    pub chosen: Chosen<'a>,
    pub entities: Vec<Mapped<'a>>,
}

/// An entity with its table and columns.
#[derive(Clone, Debug)]
pub struct Mapped<'a> {
    pub entity: Entity,
    pub table: &'a Table,
    pub found: Vec<Found>,
    /// Tables that columns were looked for in besides.
    pub parts: Vec<Part<'a>>,
    /// It cannot be mapped by names, words, constants and expressions.
    pub by_view: bool,
}

impl Proposal<'_> {
    pub fn mapped(&self, entity: Entity) -> Option<&Mapped<'_>> {
        self.entities.iter().find(|mapped| mapped.entity == entity)
    }

    /// What was not found: an entity as a whole, or a column of one.
    pub fn missing(&self) -> Vec<(Entity, Option<&'static Column>)> {
        let entities = Entity::ALL.into_iter().filter(|entity| entity.required());
        entities
            .flat_map(|entity| match self.mapped(entity) {
                None => vec![(entity, None)],
                Some(mapped) => {
                    let lacking =
                        |column: &&'static Column| !column.rare && mapped.get(column.name).is_none();
                    entity.columns().iter().filter(lacking).map(|column| (entity, Some(column))).collect()
                }
            })
            .collect()
    }
}

impl Mapped<'_> {
    /// The column that was found; none where it is an expression.
    pub fn field(&self, found: &Found) -> Option<&Field> {
        let part =
            found.joined.as_ref().and_then(|alias| self.parts.iter().find(|part| part.alias == *alias));
        let table = part.map_or(self.table, |part| part.table);
        table.field(found.json.as_str()?)
    }

    /// What was found for a column.
    pub fn get(&self, column: &str) -> Option<&Found> {
        self.found.iter().find(|found| found.column.name == column)
    }
}

/// What is lost without an entity.
pub fn costs(entity: Entity) -> &'static str {
    match entity {
        Entity::Campaigns => "nothing works without it",
        Entity::Attempts => "triage, verdicts and the checks before an unpause have nothing to look at",
        Entity::Redemptions => "settlement and uses of a code cannot be checked",
        Entity::Purchases => "settlement cannot be checked",
        Entity::Ledger => "the ledger is not compared",
    }
}
