//! The application's auto-pause job, which has no memory of an unpause (trap 1).

use super::finding::{Finding, Level, Standing, holds};
use crate::db;
use crate::failure::Answer;
use promo_guard_core::binding::Entity;

/// Where an unpause was refused of late because the job would pause again, and offered is what the job may add.
pub(super) fn examine(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    let Some(table) = bound.iter().find(|s| s.entity == Entity::Campaigns).and_then(|s| s.table.as_ref())
    else {
        return Ok(());
    };
    if !holds(include_str!("../../../../sql/query/setup/refused_for_the_guard.sql"), &[])? {
        return Ok(());
    }
    let owner = db::read(
        "SELECT pg_get_userbyid(c.relowner)::text FROM pg_class AS c WHERE c.oid = $1",
        &[table.oid.into()],
        |row| db::text(row, 1),
    )?;
    let owner = db::ident(owner.first().map_or("", String::as_str));
    findings.push(
        Finding::new(
            Level::Note,
            "guard",
            "In the last 7 days an unpause was refused because the application's auto-pause job would have paused the campaign again: the job counts the failures that the pause itself caused. Let it ignore attempts before the last unpause: give it the status history, and add the condition to its query.",
        )
        .mend(format!(
            "GRANT USAGE ON SCHEMA promo_guard TO {owner}; GRANT SELECT ON promo_guard.status_history TO {owner}; -- and in the job: {}",
            promo_guard_core::unpause::JOB_CONDITION
        )),
    );
    Ok(())
}
