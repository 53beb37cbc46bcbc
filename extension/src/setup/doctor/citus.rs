//! Citus: where the tables lie, and what does not hold there.

use super::finding::{Finding, Level, Standing};
use crate::citus::{self, Place};
use crate::failure::Answer;
use crate::setup::relation::Relation;
use crate::{changes, db};
use promo_guard_core::binding::Entity;

pub(super) fn examine(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    let Some(version) = citus::version()? else { return Ok(()) };
    let mut places = Vec::new();
    for standing in bound {
        let Some(table) = &standing.table else { continue };
        let place = citus::place(table.oid)?;
        let lies = match place {
            Place::Here => "on this server",
            Place::Everywhere => "a reference table",
            Place::OneWorker => "whole on one worker",
            Place::ByColumn => "distributed by a column",
        };
        places.push(format!("{} {lies}", standing.entity));
        match (standing.entity, place) {
            (Entity::Campaigns, Place::OneWorker | Place::Everywhere | Place::ByColumn) => {
                campaigns(table, place, findings)?;
            }
            (Entity::Attempts, Place::ByColumn) => {
                let campaigns = bound.iter().find(|s| s.entity == Entity::Campaigns);
                if let Some(campaigns) = campaigns.and_then(|s| s.table.as_ref()) {
                    attempts(campaigns, findings)?;
                }
            }
            _ => {}
        }
    }
    findings.push(Finding::new(
        Level::Note,
        "citus",
        format!(
            "Citus {version}: {}. Binding, grants and records are on the coordinator: connect to it.",
            places.join(", ")
        ),
    ));
    Ok(())
}

/// A table's owner: oid, quoted name, and whether it can log in.
fn owner(table: &Relation) -> Answer<Option<(pgrx::pg_sys::Oid, String, bool)>> {
    let found = db::read(
        "SELECT c.relowner, pg_get_userbyid(c.relowner)::text, r.rolcanlogin FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE c.oid = $1",
        &[table.oid.into()],
        |row| Ok((row.get::<pgrx::pg_sys::Oid>(1)?, db::text(row, 2)?, db::flag(row, 3)?)),
    )?;
    Ok(found
        .into_iter()
        .next()
        .and_then(|(oid, name, can_log_in)| Some((oid?, db::ident(&name), can_log_in))))
}

/// Distributed attempts are added up where they lie, if the workers let the owner of the campaigns do it.
fn attempts(of_campaigns: &Relation, findings: &mut Vec<Finding>) -> Answer<()> {
    let Some((owner, name, _)) = owner(of_campaigns)? else { return Ok(()) };
    if !citus::workers_tally(owner)? {
        findings.push(
            Finding::new(
                Level::Note,
                "citus",
                "The workers do not add up attempts: every attempt of a window is sent to the coordinator. They do where Citus distributes attempts by their code and the application's owner may call promo_guard.tally on each worker.".to_owned(),
            )
            .mend(format!(
                "SELECT * FROM run_command_on_workers($$GRANT USAGE ON SCHEMA promo_guard TO {name}$$); SELECT * FROM run_command_on_workers($$GRANT EXECUTE ON FUNCTION promo_guard.tally TO {name}$$);"
            )),
        );
    }
    Ok(())
}

fn campaigns(table: &Relation, place: Place, findings: &mut Vec<Finding>) -> Answer<()> {
    let Some((owner, name, can_log_in)) = owner(table)? else { return Ok(()) };
    let qualified = table.qualified();
    if place == Place::ByColumn {
        findings.push(Finding::new(
            Level::Error,
            "citus",
            format!("{qualified} is distributed by a column: campaigns can be read, and no function changes one. Make it a reference table, or distribute its whole schema."),
        ));
    } else if place == Place::OneWorker && changes::citus::commit_table(owner)?.is_none() {
        findings.push(
            Finding::new(
                Level::Error,
                "citus",
                format!("{qualified} is on one worker: no function changes a campaign until a reference table makes Citus commit the change and its record in two phases."),
            )
            .mend(changes::citus::make_commit_table(&name)),
        );
    }
    if !can_log_in {
        findings.push(
            Finding::new(
                Level::Error,
                "citus",
                format!("Role {name} owns {qualified} and cannot log in: Citus connects to the workers as this role."),
            )
            .mend(format!("ALTER ROLE {name} LOGIN;")),
        );
    }
    Ok(())
}
