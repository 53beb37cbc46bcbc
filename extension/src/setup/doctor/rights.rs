//! Who can walk around the guard, and whether the application's owner can be read as.

use super::finding::{Finding, Level, Standing};
use crate::failure::Answer;
use crate::setup::grants;
use crate::setup::relation::Relation;
use crate::{app, db};
use promo_guard_core::binding::{Entity, quote_literal};

pub(super) fn examine(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    let tables: Vec<_> = bound.iter().filter_map(|s| s.table.as_ref()).collect();
    readable(bound, findings)?;
    owners(&tables, findings)?;
    outgrown(findings)?;
    beyond(findings)?;
    let Some(campaigns) = bound.iter().find(|s| s.entity == Entity::Campaigns) else { return Ok(()) };
    parts(campaigns.table.as_ref(), findings)?;
    let (Some(table), Some(status)) = (&campaigns.table, campaigns.column("status")) else { return Ok(()) };
    let roles = db::read(
        include_str!("../../../../sql/query/setup/status_writers.sql"),
        &[table.oid.into(), status.into()],
        |row| Ok((db::text(row, 1)?, db::text(row, 2)?)),
    )?;
    for (role, others) in roles {
        let grantee = if role == "PUBLIC" { role.clone() } else { db::ident(&role) };
        let regrant = if others.is_empty() {
            String::new()
        } else {
            format!(" GRANT UPDATE ({others}) ON {} TO {grantee};", table.qualified())
        };
        findings.push(
            Finding::new(
                Level::Warn,
                "rights",
                format!(
                    "Role {role} can change a campaign's status without promo_guard (UPDATE on {}).",
                    table.qualified()
                ),
            )
            .mend(format!(
                "REVOKE UPDATE ON {0} FROM {grantee}; REVOKE UPDATE ({1}) ON {0} FROM {grantee};{regrant}",
                table.qualified(),
                db::ident(status)
            )),
        );
    }
    Ok(())
}

/// The views must be readable for the role as whom they are read.
fn readable(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    if bound.is_empty() {
        return Ok(());
    }
    let views: Vec<Entity> = bound.iter().map(|s| s.entity).collect();
    if let Err(refused) = app::App::open(&views) {
        findings.push(
            Finding::new(
                Level::Error,
                "rights",
                format!("{}. {}", refused.message(), refused.detail().unwrap_or_default()),
            )
            .mend(refused.hint().unwrap_or_default()),
        );
    }
    Ok(())
}

/// Whoever holds more on our objects than its group has.
fn beyond(findings: &mut Vec<Finding>) -> Answer<()> {
    for held in grants::beyond()? {
        let level = if held.reads_a_view { Level::Warn } else { Level::Error };
        let detail = format!(
            "{} holds {} on {}. That goes beyond the groups of grant_reader() and grant_operator().",
            if held.grantee == "PUBLIC" {
                "Every role (PUBLIC)".to_owned()
            } else {
                format!("Role {}", held.grantee)
            },
            held.privileges,
            held.object,
        );
        findings.push(Finding::new(level, "rights", detail).mend(held.remediation));
    }
    Ok(())
}

/// Who was given access by an earlier version lacks what has been added since: an upgrade grants nothing.
fn outgrown(findings: &mut Vec<Finding>) -> Answer<()> {
    for (role, lacks, by) in grants::outgrown()? {
        findings.push(
            Finding::new(
                Level::Warn,
                "rights",
                format!(
                    "Role {role} was granted access by an earlier version and lacks what was added since: {lacks}."
                ),
            )
            .mend(format!("SELECT promo_guard.{by}({});", quote_literal(&db::ident(&role)))),
        );
    }
    Ok(())
}

/// The owner of the campaigns' table must be allowed the parts of statements that run as it.
fn parts(table: Option<&Relation>, findings: &mut Vec<Finding>) -> Answer<()> {
    let parts: Vec<String> = grants::AGGREGATES.iter().map(|p| (*p).to_owned()).collect();
    if let Some(table) = table {
        let lacking = db::read(
            include_str!("../../../../sql/query/setup/parts_not_allowed.sql"),
            &[table.oid.into(), parts.into()],
            |row| Ok((db::text(row, 1)?, row.get::<String>(2)?)),
        )?;
        for (owner, functions) in lacking {
            let Some(functions) = functions else { continue };
            findings.push(
                Finding::new(
                    Level::Error,
                    "rights",
                    format!("Role {owner}, as whom the application is read, may not execute {functions} of promo_guard: bind() gives it."),
                )
                .mend("SELECT * FROM promo_guard.bind();"),
            );
        }
    }
    Ok(())
}

/// Tables are read as the owner of the campaigns' table.
fn owners(tables: &[&Relation], findings: &mut Vec<Finding>) -> Answer<()> {
    let oids: Vec<_> = tables.iter().map(|t| t.oid).collect();
    let owners = db::read(
        "SELECT DISTINCT r.rolname::text, r.rolsuper FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE c.oid = ANY ($1) ORDER BY 1",
        &[oids.into()],
        |row| Ok((db::text(row, 1)?, db::flag(row, 2)?)),
    )?;
    if owners.len() > 1 {
        let names: Vec<_> = owners.iter().map(|(name, _)| name.as_str()).collect();
        findings.push(Finding::new(
            Level::Note,
            "rights",
            format!("The tables have several owners ({}): code behind any of them runs as the owner of the campaigns' table.", names.join(", ")),
        ));
    }
    for (name, _) in owners.iter().filter(|(_, superuser)| *superuser) {
        findings.push(Finding::new(
            Level::Warn,
            "rights",
            format!(
                "Tables of the application belong to {name}, a superuser: whatever code stands behind them (views, casts, \
                 triggers) runs as superuser. Let a role of the application's own have them (ALTER TABLE ... OWNER TO ...)."
            ),
        ));
    }
    Ok(())
}
