//! Ids of campaigns and users: numbers as they are, or keys (uuid, text) that `bind()` makes numbers of. Ids of one kind are keys in all
//! tables, or in none.

use promo_guard_core::binding::{Entity, SAME, is_key, number_of, quote_ident};

use super::facts::{Field, ident};
use super::proposal::{Mapped, Proposal};
use super::source::Found;

/// What `doctor()` asks an index of, where it is a number made of a key.
const INDEXED: [(Entity, &str); 5] = [
    (Entity::Campaigns, "id"),
    (Entity::Redemptions, "promo_code_id"),
    (Entity::Attempts, "user_id"),
    (Entity::Redemptions, "user_id"),
    (Entity::Purchases, "user_id"),
];

/// Decides for each kind of id whether it is a key, and maps what is of another type.
pub fn agree(entities: &mut [Mapped<'_>]) {
    for group in SAME {
        let is_number = |mapped: &Mapped<'_>, column: &str| {
            mapped.get(column).and_then(|found| mapped.field(found)).map(Field::is_integer)
        };
        let found = |entity: Entity, column: &str| {
            entities.iter().find(|m| m.entity == entity).and_then(|mapped| is_number(mapped, column))
        };
        let numbers: Vec<bool> = group.iter().filter_map(|(entity, column)| found(*entity, column)).collect();
        // A campaign's own id decides; users have no table here, so one key makes all of them keys.
        let of_campaigns = group.iter().find(|(entity, _)| *entity == Entity::Campaigns);
        let own = of_campaigns.and_then(|(entity, column)| found(*entity, column));
        let keyed = !own.unwrap_or_else(|| numbers.iter().all(|number| *number));
        for (entity, column) in group {
            let Some(mapped) = entities.iter_mut().find(|m| m.entity == *entity) else { continue };
            mapped.cast(column, keyed);
        }
    }
}

impl Mapped<'_> {
    /// Maps an id of another type than the others of its kind.
    fn cast(&mut self, column: &str, keyed: bool) {
        let Some(place) = self.found.iter().position(|found| found.column.name == column) else { return };
        let field = self.field(&self.found[place]);
        let (native, integer) = field.map_or((true, !keyed), |f| (is_key(&f.sql_type), f.is_integer()));
        let base = field.map_or("", |field| field.sql_type.base.as_str()).to_owned();
        let found = &mut self.found[place];
        found.keyed = keyed;
        if (keyed && native) || (!keyed && integer) {
            if keyed && (self.entity, column) == (Entity::Campaigns, "id") {
                found.note = Some("a key: campaign_id is a number made of it".to_owned());
            }
            return;
        }
        let (cast, note) = if !keyed {
            ("bigint", format!("{base}, and a campaign's id is a number: each value must be one"))
        } else if (self.entity, column) == (Entity::Campaigns, "id") {
            ("text", format!("{base}: campaigns with such a key can be read and not changed"))
        } else {
            ("text", format!("{base}, and other tables have a key"))
        };
        let mut other =
            Found::expression(found.column, format!("{}::{cast}", found.sql), found.confidence - 0.2)
                .shown_as(found.shown.clone())
                .noted(note);
        other.joined.clone_from(&found.joined);
        other.keyed = keyed;
        self.found[place] = other;
    }
}

impl Found {
    /// What stands in a view that is written by hand.
    pub fn in_view(&self) -> String {
        if self.keyed { format!("promo_guard.key_number({})", self.key()) } else { self.sql.clone() }
    }

    /// The key as text.
    pub fn key(&self) -> String {
        if self.sql.ends_with("::text") { self.sql.clone() } else { format!("{}::text", self.sql) }
    }
}

/// The statements that make the indexes of the numbers.
pub fn indexes(proposal: &Proposal<'_>) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    let mut tables: Vec<String> = Vec::new();
    for (entity, column) in INDEXED {
        let Some(mapped) = proposal.mapped(entity) else { continue };
        let Some(found) = mapped.get(column).filter(|found| found.keyed && found.joined.is_none()) else {
            continue;
        };
        let Some(field) = mapped.field(found).filter(|field| is_key(&field.sql_type)) else { continue };
        let table = mapped.table;
        let unique = (entity, column) == (Entity::Campaigns, "id") && !table.partitioned;
        let statement = format!(
            "CREATE {}INDEX {}ON {} (({}));",
            if unique { "UNIQUE " } else { "" },
            if table.partitioned { "" } else { "CONCURRENTLY " },
            table.quoted(),
            number_of(&format!("{}::text", quote_ident(&field.name)))
        );
        // A purchase may be its own redemption.
        if !made.contains(&statement) {
            made.push(statement);
        }
        if !tables.contains(&table.quoted()) {
            tables.push(table.quoted());
        }
    }
    made.extend(tables.into_iter().map(|table| format!("ANALYZE {table};")));
    made
}

/// The new table of attempts has ids of users as the shop has them.
pub fn users_of_attempts(proposal: &Proposal<'_>) -> Option<String> {
    let of = |mapped: &Mapped<'_>| {
        let found = mapped.get("user_id").filter(|found| found.keyed)?;
        mapped.field(found).filter(|field| is_key(&field.sql_type)).map(|field| field.sql_type.name.clone())
    };
    let sql_type = proposal.entities.iter().find_map(of)?;
    Some(format!(
        "ALTER TABLE promo_attempts ALTER user_id TYPE {sql_type} USING NULL;\nCREATE INDEX ON promo_attempts (({}));",
        number_of("\"user_id\"::text")
    ))
}

/// The column `key` of a view of campaigns.
pub fn key_column(mapped: &Mapped<'_>) -> Option<String> {
    let id = mapped.get("id").filter(|found| mapped.entity == Entity::Campaigns && found.keyed)?;
    Some(format!("    {} AS {}", id.key(), ident(promo_guard_core::binding::KEY)))
}
