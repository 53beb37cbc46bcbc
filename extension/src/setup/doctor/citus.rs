//! Citus: where the tables lie, and what does not hold there.

use super::finding::{Finding, Level, Standing};
use crate::app::App;
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
            (Entity::Attempts, Place::ByColumn) => attempts(findings)?,
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

/// Distributed attempts are added up where they lie, if the workers let the application's owner do it.
fn attempts(findings: &mut Vec<Finding>) -> Answer<()> {
    let owner = App::open(&[Entity::Attempts])?.owner();
    if !citus::workers_tally(owner)? {
        let name = db::read("SELECT pg_get_userbyid($1)::text", &[owner.into()], |row| db::text(row, 1))?;
        let name = db::ident(&name.concat());
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
    let owner = db::read(
        "SELECT c.relowner, pg_get_userbyid(c.relowner)::text, r.rolcanlogin FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE c.oid = $1",
        &[table.oid.into()],
        |row| Ok((row.get::<pgrx::pg_sys::Oid>(1)?, db::text(row, 2)?, db::flag(row, 3)?)),
    )?;
    let Some((Some(owner), name, can_log_in)) = owner.into_iter().next() else { return Ok(()) };
    let (qualified, name) = (table.qualified(), db::ident(&name));
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
