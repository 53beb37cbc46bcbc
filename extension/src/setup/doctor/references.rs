//! References between our records. No foreign key keeps them (see `sql/install/setup.sql`), so they are checked here.

use super::finding::{Finding, Level, holds};
use crate::db;
use crate::failure::Answer;

pub(super) fn examine(findings: &mut Vec<Finding>) -> Answer<()> {
    // The SQL of 0.1.0, before its upgrade, lacks some of the tables.
    if !holds("SELECT to_regclass('promo_guard.bake') IS NOT NULL", &[])? {
        return Ok(());
    }
    let dangling =
        db::read(include_str!("../../../../sql/query/setup/dangling_references.sql"), &[], |row| {
            Ok((db::text(row, 1)?, db::number(row, 2)?, db::number(row, 3)?, db::text(row, 4)?))
        })?;
    if dangling.is_empty() {
        findings.push(Finding::new(Level::Ok, "records", "Every reference between records is valid."));
    }
    for (place, rows, first, query) in dangling {
        findings.push(
            Finding::new(
                Level::Error,
                "records",
                format!("{} of {place} with a reference to a record that does not exist (the first is {first}). A restore lost the record, or the owner deleted it. Restore it from a backup.", promo_guard_core::words::counted(rows, "row")),
            )
            .mend(query),
        );
    }
    Ok(())
}
