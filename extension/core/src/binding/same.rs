//! Ids that are the same thing in several tables.

use super::Entity;
use super::view::{Bound, Source};
use crate::{Refusal, SqlState};

/// Ids that are compared with each other: numbers of keys all of them, or none.
pub const SAME: [&[(Entity, &str)]; 2] = [
    &[
        (Entity::Campaigns, "id"),
        (Entity::Redemptions, "promo_code_id"),
        (Entity::Purchases, "applied_promo_code_id"),
    ],
    &[(Entity::Attempts, "user_id"), (Entity::Redemptions, "user_id"), (Entity::Purchases, "user_id")],
];

/// Ids of one kind of which some are keys and others numbers: they would never be equal.
pub fn unlike(bounds: &[Bound]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for group in SAME {
        let sources: Vec<(Entity, &str, &Source)> = group
            .iter()
            .filter_map(|(entity, column)| {
                let bound = bounds.iter().find(|b| b.entity == *entity)?;
                Some((*entity, *column, bound.source(column)?))
            })
            .collect();
        let Some((entity, column, first)) = sources.first() else { continue };
        for (other_entity, other_column, other) in &sources[1..] {
            if first.key.is_some() == other.key.is_some() {
                continue;
            }
            let kind = |source: &Source| if source.key.is_some() { "a key" } else { "a number" };
            refusals.push(
                Refusal::new(
                    SqlState::DatatypeMismatch,
                    format!(
                        "\"{entity}\".\"{column}\" is {} and \"{other_entity}\".\"{other_column}\" is {}",
                        kind(first),
                        kind(other)
                    ),
                )
                .detail(
                    "They hold the same ids, and a number made of a key is never equal to another number.",
                )
                .hint(format!(
                    "columns => '{{\"{other_entity}\": {{\"{other_column}\": {{\"sql\": \"t....::{}\"}}}}}}'",
                    if first.key.is_some() { "text" } else { "bigint" }
                )),
            );
        }
    }
    refusals
}
