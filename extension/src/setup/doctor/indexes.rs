//! Indexes that the questions of the runbook need.

use super::finding::{Finding, Level, Standing};
use crate::db;
use crate::failure::Answer;
use crate::setup::keys;
use crate::setup::relation::Relation;
use promo_guard_core::binding::Entity;

/// What must be found by an index, and what it costs where it is not.
const NEEDED: [(Entity, &str, Level, &str); 9] = [
    // Only where it is a number made of a key: else it is the table's own key.
    (Entity::Campaigns, "id", Level::Warn, "a campaign is looked up by its number among all campaigns"),
    (Entity::Attempts, "attempted_at", Level::Warn, "a time window scans all attempts ever made"),
    (Entity::Attempts, "code_hash", Level::Warn, "the evidence of one pause scans all attempts ever made"),
    // Of every user of a campaign under suspicion it is asked whether they were here before.
    (
        Entity::Attempts,
        "user_id",
        Level::Warn,
        "the past of one user is looked up among all attempts ever made",
    ),
    (Entity::Redemptions, "user_id", Level::Warn, "the past of one user is looked up among all redemptions"),
    (Entity::Purchases, "user_id", Level::Warn, "the past of one user is looked up among all purchases"),
    (Entity::Campaigns, "code_hash", Level::Note, "a code is looked up among all campaigns"),
    (
        Entity::Redemptions,
        "promo_code_id",
        Level::Note,
        "the redemptions of one campaign are looked up among all",
    ),
    (
        Entity::Redemptions,
        "applied_purchase_id",
        Level::Note,
        "the redemption of one purchase is looked up among all",
    ),
];

/// What is read whole by every page, and what that costs where there are [`MANY`] rows: they are notes.
const NEEDED_BY_MANY: [(Entity, &str, &str); 6] = [
    (Entity::Campaigns, "status", "every page reads all campaigns for the few that are PAUSED"),
    (Entity::Campaigns, "updated_at", "every page reads all campaigns for the few that were edited lately"),
    (Entity::Campaigns, "created_at", "every page reads all campaigns for the few that were made lately"),
    (Entity::Campaigns, "campaign_name", "a verdict on a code reads all campaigns for the size of its batch"),
    (Entity::Redemptions, "created_at", "a verdict reads all redemptions for those of two weeks"),
    (
        Entity::Purchases,
        "created_at",
        "a verdict on a crowd that does not buy reads all purchases for those of its hours",
    ),
];

/// Below this many rows a scan is quick enough that an index is no warning.
const SMALL: f32 = 10_000.0;
/// From here on an index spares more than it costs.
const MANY: f32 = 100_000.0;
/// From here on a block range index is worth its coarseness, where rows lie in order of time.
const LARGE: f32 = 1_000_000.0;

pub(super) fn examine(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    let needed = NEEDED.into_iter().map(|(entity, column, level, cost)| (entity, column, level, cost, None));
    let by_many = NEEDED_BY_MANY.into_iter();
    let by_many = by_many.map(|(entity, column, cost)| (entity, column, Level::Note, cost, Some(MANY)));
    for (entity, canonical, level, cost, least) in needed.chain(by_many) {
        let Some(standing) = bound.iter().find(|s| s.entity == entity) else { continue };
        let (Some(table), Some(column), Some(quoted)) =
            (&standing.table, standing.column(canonical), standing.quoted(canonical))
        else {
            continue;
        };
        let number = entity.column(canonical).and_then(|c| Some((c, keys::number(table, c, column)?)));
        if (entity, canonical) == (Entity::Campaigns, "id") && number.is_none() {
            continue;
        }
        let Some(index) = look(table, column)? else { continue };
        let served = match &number {
            Some((_, number)) => keys::is_indexed(table, number)?,
            None => index.served,
        };
        if served || least.is_some_and(|least| index.rows < least) {
            continue;
        }
        let level = if index.rows >= 0.0 && index.rows < SMALL { Level::Note } else { level };
        if let Some((canonical, number)) = number {
            let detail = format!(
                "No index of {} begins with the number made of {column}: {cost}. Run ANALYZE after it was made.",
                table.qualified()
            );
            let index = keys::index(table, entity, canonical, &number)?;
            findings.push(Finding::new(level, "indexes", detail).mend(index));
            continue;
        }
        let concurrently = if index.partitioned { "" } else { "CONCURRENTLY " };
        let method = if canonical == "attempted_at" && index.rows >= LARGE && index.ordered {
            " USING brin"
        } else {
            ""
        };
        let finding = Finding::new(
            level,
            "indexes",
            format!("No index of {} begins with {column}: {cost}.", table.qualified()),
        )
        .mend(format!("CREATE INDEX {concurrently}ON {}{method} ({quoted});", table.qualified()));
        findings.push(finding);
    }
    Ok(())
}

/// How a column is served.
struct Served {
    /// By an index that begins with it, or by partitions.
    served: bool,
    /// Whether the table is partitioned.
    partitioned: bool,
    /// About how many rows it has; negative where that was never looked at.
    rows: f32,
    /// Whether its rows lie in the order of the column.
    ordered: bool,
}

fn look(table: &Relation, column: &str) -> Answer<Option<Served>> {
    let rows = db::read(
        include_str!("../../../../sql/query/setup/column_index.sql"),
        &[table.oid.into(), column.into()],
        |row| {
            Ok(Served {
                served: db::flag(row, 1)?,
                partitioned: db::flag(row, 2)?,
                rows: row.get::<f32>(3)?.unwrap_or(-1.0),
                ordered: db::flag(row, 4)?,
            })
        },
    )?;
    Ok(rows.into_iter().next())
}
