//! Versions, policy, the status history, rows dated in the future, and the action log's chains.

use super::finding::{Finding, Level, Standing, holds};
use crate::app::App;
use crate::citus;
use crate::db;
use crate::failure::Answer;
use crate::records::{self, LIBRARY};
use crate::setup::history::TRIGGER;
use crate::window::{micros, moment};
use promo_guard_core::Span;
use promo_guard_core::binding::Entity;
use promo_guard_core::words::number;

pub(super) fn versions(findings: &mut Vec<Finding>) -> Answer<()> {
    let (library, installed) = (LIBRARY, records::extension()?.version);
    findings.push(if installed == library {
        Finding::new(Level::Ok, "version", format!("promo_guard {library}: library and SQL have the same version."))
    } else {
        Finding::new(
            Level::Error,
            "version",
            format!("The library is version {library}, the installed SQL is version {installed}: functions may not fit each other."),
        )
        .mend("ALTER EXTENSION promo_guard UPDATE;")
    });
    if holds("SELECT pg_is_in_recovery()", &[])? {
        findings.push(Finding::new(
            Level::Note,
            "standby",
            "This server is a standby: reading functions work, changing ones refuse.",
        ));
    }
    Ok(())
}

pub(super) fn policy(findings: &mut Vec<Finding>) {
    // SQL of another version is said under "version".
    if records::fits().is_err() {
        return;
    }
    if let Err(refused) = records::policy() {
        findings.push(
            Finding::new(Level::Error, "policy", format!("{}. {}", refused.message(), refused.detail().unwrap_or_default()))
                .mend("SELECT name, value FROM promo_guard.policy_override; -- then promo_guard.set_policy(name, NULL, 'reason')"),
        );
    }
}

pub(super) fn history(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    let Some(table) = bound.iter().find(|s| s.entity == Entity::Campaigns).and_then(|s| s.table.as_ref())
    else {
        return Ok(());
    };
    let attached = db::read(
        "SELECT tgenabled::text FROM pg_trigger WHERE tgrelid = $1 AND tgname = $2",
        &[table.oid.into(), TRIGGER.into()],
        |row| db::text(row, 1),
    )?;
    let required = records::policy().is_ok_and(|p| p.require_history());
    let consequence = if required {
        "every unpause is blocked (policy require_history)"
    } else {
        "the time of a pause is an estimate"
    };
    let level = if required { Level::Error } else { Level::Warn };
    if citus::place(table.oid)? != citus::Place::Here {
        findings.push(Finding::new(
            level,
            "history",
            format!("Citus allows no trigger on {}, so no status history can be attached: {consequence}, and status changes outside promo_guard are not seen.", table.qualified()),
        ));
        return Ok(());
    }
    findings.push(match attached.first().map(String::as_str) {
        None => Finding::new(
            level,
            "history",
            format!("No status history is attached to {}: {consequence}, and status changes outside promo_guard are not seen.", table.qualified()),
        )
        .mend("SELECT promo_guard.attach_history();"),
        Some("D" | "R") => Finding::new(
            level,
            "history",
            format!("The status history's trigger on {} is disabled: {consequence}, and status changes outside promo_guard are not seen.", table.qualified()),
        )
        .mend("SELECT promo_guard.attach_history();"),
        Some("O") => Finding::new(
            Level::Warn,
            "history",
            format!(
                "The status history's trigger on {} does not fire for changes by logical replication or with session_replication_role = replica: it was attached by an older version, or pg_restore --disable-triggers reset it.",
                table.qualified()
            ),
        )
        .mend("SELECT promo_guard.attach_history();"),
        Some(_) => Finding::new(Level::Ok, "history", format!("Status changes of {} are recorded.", table.qualified())),
    });
    Ok(())
}

/// Rows dated in the future are outside every window, until their time comes.
pub(super) fn future_rows(findings: &mut Vec<Finding>) -> Answer<()> {
    let Ok(app) = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])
    else {
        return Ok(()); // said under "binding" and "rights"
    };
    let ahead = micros(db::clock()).saturating_add(Span::from_minutes(1).micros());
    let rows = app.read(
        include_str!("../../../../sql/query/setup/future_rows.sql"),
        &[moment(ahead).into()],
        |row| Ok((db::text(row, 1)?, db::number(row, 2)?, db::text(row, 3)?)),
    )?;
    for (view, n, latest) in rows {
        findings.push(
            Finding::new(
                Level::Warn,
                "times",
                format!(
                    "{} dated in the future, up to {latest}: a window that ends now leaves them out.",
                    number(n, &format!("row of {view} is"), &format!("rows of {view} are"))
                ),
            )
            .mend(format!(
                "SELECT * FROM promo_guard.{view} WHERE {} > now() LIMIT 50;",
                if view == "attempts" { "attempted_at" } else { "created_at" }
            )),
        );
    }
    Ok(())
}

pub(super) fn chains(findings: &mut Vec<Finding>) -> Answer<()> {
    let broken = db::read(include_str!("../../../../sql/query/setup/broken_chains.sql"), &[], |row| {
        Ok((db::number(row, 1)?, row.get::<i64>(2)?, db::text(row, 3)?))
    })?;
    if broken.is_empty() {
        let n = db::read("SELECT count(*) FROM promo_guard.action_log", &[], |row| db::number(row, 1))?;
        findings.push(Finding::new(
            Level::Ok,
            "chain",
            format!(
                "The chains of the action log are intact ({} rows). They cannot show that the last rows were deleted, or that the owner rewrote all of them.",
                n.first().copied().unwrap_or_default()
            ),
        ));
    }
    for (id, campaign, what) in broken.iter().take(20) {
        let chain = campaign.map_or_else(|| "of setup and policy".to_owned(), |c| format!("of campaign {c}"));
        findings.push(
            Finding::new(
                Level::Error,
                "chain",
                format!("The action log's chain {chain} is broken at action {id}: {what}."),
            )
            .mend(format!(
                "SELECT * FROM promo_guard.action_log WHERE id >= {} ORDER BY id LIMIT 20;",
                id - 5
            )),
        );
    }
    Ok(())
}

/// A bake that nobody ticks notices nothing.
pub(super) fn bakes(findings: &mut Vec<Finding>) -> Answer<()> {
    // The SQL of an older version, before its upgrade, has none.
    if !holds("SELECT to_regclass('promo_guard.bake') IS NOT NULL", &[])? {
        return Ok(());
    }
    let neglected = db::read(include_str!("../../../../sql/query/bake/neglected.sql"), &[], |row| {
        Ok((db::number(row, 1)?, db::text(row, 2)?))
    })?;
    for (campaign, since) in neglected {
        findings.push(
            Finding::new(
                Level::Warn,
                "bake",
                format!("The bake of campaign {campaign} has not been ticked since {since}. A regression would not be noticed, and it gets no verdict."),
            )
            .mend("SELECT * FROM promo_guard.tick(); -- each minute, by promoctl watch or pg_cron"),
        );
    }
    Ok(())
}
