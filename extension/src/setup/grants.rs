//! Who may do what: the groups of API.md, and nobody else.

use crate::app::{App, RunAs};
use crate::failure::{Answer, report};
use crate::{changes, db, records};
use pgrx::pg_sys;
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Refusal, SqlState};
use serde_json::json;

/// Functions for readers and operators: aggregates and lists without user ids or hashes.
const READER_FUNCTIONS: &[&str] = &[
    "bake_series",
    "bake_status",
    "baseline",
    "blast_radius",
    "classify",
    "doctor",
    "escalations",
    "failure_clusters",
    "find_campaigns",
    "gauges",
    "incident_report",
    "key_number",
    "paused_campaigns",
    "policy_defaults",
    "reconciliation_drift",
    "settlement_summary",
    "triage",
    "version",
];
/// Views for readers and operators.
const READER_TABLES: &[&str] = &["announcements", "metrics", "policy"];
/// Functions for operators alone.
const OPERATOR_FUNCTIONS: &[&str] = &[
    "acknowledge_escalation",
    "announce",
    "announce_batch",
    "campaign_batch",
    "check_unpause",
    "checkpoint",
    "close_incident",
    "failed_attempts",
    "failure_cluster_members",
    "fix_campaign",
    "open_incident",
    "pause",
    "pause_batch",
    "paused_together",
    "plan_unpause",
    "probe_progress",
    "probe_redeem",
    "rotate",
    "settlement_violations",
    "tick",
    "unpause",
    "withdraw_announcement",
];
/// Records for operators alone.
const OPERATOR_TABLES: &[&str] =
    &["acknowledgement", "action_log", "bake", "incident", "rotation", "status_history"];

fn role_name(role: Option<pg_sys::Oid>) -> Answer<String> {
    let hint = "SELECT rolname FROM pg_catalog.pg_roles;";
    let oid =
        role.ok_or_else(|| report(Refusal::new(SqlState::NullValueNotAllowed, "role is null").hint(hint)))?;
    // regrole takes any number for a role.
    let name = db::run("SELECT rolname::text FROM pg_roles WHERE oid = $1", &[oid.into()], |row| {
        row.get::<String>(1)
    })?;
    name.into_iter().flatten().next().ok_or_else(|| {
        report(
            Refusal::new(SqlState::UndefinedObject, format!("there is no role with oid {}", oid.to_u32()))
                .detail("PUBLIC cannot be given access: grants are to a role.")
                .hint(hint),
        )
    })
}

/// The aggregates that attempts and settlement's rows flow through, with their parts, and what a view written by hand may call: for
/// the application's owner, as whom they are read.
pub(super) const AGGREGATES: &[&str] = &[
    "key_number",
    "settle_sketch",
    "settle_sketch_add",
    "settle_sketch_bytes",
    "settle_sketch_combine",
    "settle_sketch_read",
    "tally",
    "tally_add",
    "tally_load",
    "tally_merge",
    "tally_save",
];

/// Lets the application's owner, quoted, read these views by way of the aggregates.
pub(super) fn grant_application(views: &[&str], owner: &str) -> Answer<()> {
    db::execute(&format!("GRANT USAGE ON SCHEMA promo_guard TO {owner}"), &[])?;
    change("GRANT", "TO", AGGREGATES, views, owner)
}

/// GRANTs or REVOKEs these functions and tables, one statement each kind.
fn change(verb: &str, preposition: &str, functions: &[&str], tables: &[&str], role: &str) -> Answer<()> {
    let names: Vec<String> = functions.iter().map(|f| (*f).to_owned()).collect();
    let signatures = db::run(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace AND p.proname = ANY ($1)",
        &[names.into()],
        |row| db::text(row, 1),
    )?;
    if !signatures.is_empty() {
        db::execute(
            &format!("{verb} EXECUTE ON FUNCTION {} {preposition} {role}", signatures.join(", ")),
            &[],
        )?;
    }
    if !tables.is_empty() {
        let tables: Vec<_> = tables.iter().map(|t| format!("promo_guard.{t}")).collect();
        db::execute(&format!("{verb} SELECT ON {} {preposition} {role}", tables.join(", ")), &[])?;
    }
    Ok(())
}

fn record(action: &str, role: &str) -> Answer<()> {
    let after = json!({ "role": role });
    records::Action { action, decision: "DONE", after: Some(after), ..Default::default() }
        .record()
        .map(|_| ())
}

/// Functions with the tables and views that go with them.
type Group = (&'static [&'static str], &'static [&'static str]);
const READER: Group = (READER_FUNCTIONS, READER_TABLES);
const OPERATOR: Group = (OPERATOR_FUNCTIONS, OPERATOR_TABLES);

/// What version 0.1.0 gave to readers, and to operators beside it. A role that has all of it is one of them.
const READER_SINCE: &[&str] =
    &["blast_radius", "paused_campaigns", "reconciliation_drift", "settlement_summary"];
const OPERATOR_SINCE: &[&str] =
    &["failed_attempts", "probe_progress", "probe_redeem", "settlement_violations"];

/// Roles whose grants are those of an earlier version: the role, what it lacks, and the function that grants it.
pub(super) fn outgrown() -> Answer<Vec<(String, String, &'static str)>> {
    let list = |names: &[&[&str]]| names.concat().iter().map(|n| (*n).to_owned()).collect::<Vec<String>>();
    let mut found: Vec<(String, String, &'static str)> = Vec::new();
    for (functions, tables, since, by) in [
        (
            list(&[READER_FUNCTIONS, OPERATOR_FUNCTIONS]),
            list(&[READER_TABLES, OPERATOR_TABLES]),
            OPERATOR_SINCE,
            "grant_operator",
        ),
        (list(&[READER_FUNCTIONS]), list(&[READER_TABLES]), READER_SINCE, "grant_reader"),
    ] {
        let sql = include_str!("../../../sql/query/setup/outgrown_grants.sql");
        let args = [functions.into(), tables.into(), list(&[since]).into()];
        for (role, lacks) in db::read(sql, &args, |row| Ok((db::text(row, 1)?, db::text(row, 2)?)))? {
            // an operator's grants are a reader's too
            if !found.iter().any(|(known, ..)| *known == role) {
                found.push((role, lacks, by));
            }
        }
    }
    Ok(found)
}

/// What of these groups a role may not use.
fn lacking(role: &str, groups: &[Group]) -> Answer<Vec<String>> {
    let list = |of: fn(&Group) -> &'static [&'static str]| -> Vec<String> {
        groups.iter().flat_map(|group| of(group).iter().map(|name| (*name).to_owned())).collect()
    };
    db::run(
        include_str!("../../../sql/query/setup/lacking_grants.sql"),
        &[role.into(), list(|g| g.0).into(), list(|g| g.1).into()],
        |row| db::text(row, 1),
    )
}

/// Privileges on our objects that go beyond the groups.
pub(super) struct Beyond {
    /// The object, as GRANT names it.
    pub object: String,
    /// Who holds them: a role, or PUBLIC.
    pub grantee: String,
    /// What they are.
    pub privileges: String,
    /// The statement that takes them back.
    pub remediation: String,
    /// Whether it is no more than reading an adapter view.
    pub reads_a_view: bool,
}

/// Every such privilege.
pub(super) fn beyond() -> Answer<Vec<Beyond>> {
    let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<String>>();
    let views: Vec<String> = Entity::ALL.iter().map(|e| e.view().to_owned()).collect();
    db::read(
        include_str!("../../../sql/query/setup/grants_beyond.sql"),
        &[
            list(READER_FUNCTIONS).into(),
            list(READER_TABLES).into(),
            list(OPERATOR_FUNCTIONS).into(),
            list(OPERATOR_TABLES).into(),
            list(AGGREGATES).into(),
            views.into(),
            list(READER_SINCE).into(),
            list(OPERATOR_SINCE).into(),
        ],
        |row| {
            Ok(Beyond {
                object: db::text(row, 1)?,
                grantee: db::text(row, 2)?,
                privileges: db::text(row, 3)?,
                remediation: db::text(row, 4)?,
                reads_a_view: db::flag(row, 5)?,
            })
        },
    )
}

/// Gives a role these groups; its name, quoted.
fn grant(action: &str, role: Option<pg_sys::Oid>, groups: &[Group]) -> Answer<String> {
    changes::allowed()?;
    changes::owner_only(action)?;
    let name = role_name(role)?;
    let quoted = db::ident(&name);
    db::execute(&format!("GRANT USAGE ON SCHEMA promo_guard TO {quoted}"), &[])?;
    for (functions, tables) in groups {
        change("GRANT", "TO", functions, tables, &quoted)?;
    }
    // A GRANT that has no effect is only a warning of PostgreSQL's.
    let lacks = lacking(&name, groups)?;
    if !lacks.is_empty() {
        return Err(report(
            Refusal::new(
                SqlState::InsufficientPrivilege,
                format!("the grants to role {quoted} had no effect"),
            )
            .detail(format!("It still lacks {}.", lacks.join(", ")))
            .hint("Call it as the owner of the extension or as a superuser."),
        ));
    }
    record(action, &name)?;
    Ok(quoted)
}

#[pg_extern(sql = false)]
fn grant_reader(role: Option<pg_sys::Oid>) -> Answer<String> {
    let role = grant("grant_reader", role, &[READER])?;
    Ok(format!("role {role} has the access of a reader"))
}

#[pg_extern(sql = false)]
fn grant_operator(role: Option<pg_sys::Oid>) -> Answer<String> {
    let role = grant("grant_operator", role, &[READER, OPERATOR])?;
    Ok(format!("role {role} has the access of an operator"))
}

#[pg_extern(sql = false)]
fn revoke_access(role: Option<pg_sys::Oid>) -> Answer<String> {
    changes::allowed()?;
    changes::owner_only("revoke_access")?;
    let name = role_name(role)?;
    let quoted = db::ident(&name);
    // The application's owner reads the adapter views by way of the aggregates, and keeps that.
    let application = App::open(&[]).is_ok_and(|app| Some(app.owner()) == role);
    let stays = |names: Vec<String>| if application { names } else { Vec::new() };
    let functions = stays(AGGREGATES.iter().map(|n| (*n).to_owned()).collect());
    let views = stays(Entity::ALL.iter().map(|e| e.view().to_owned()).collect());
    let grants = db::run(
        include_str!("../../../sql/query/setup/grants_of.sql"),
        &[role.into(), functions.into(), views.into()],
        |row| Ok((db::text(row, 1)?, row.get::<pg_sys::Oid>(2)?)),
    )?;
    for (revoke, grantor) in grants {
        // Only the grantor can take a grant back; that of the owner is the one of any member of the owner.
        let _as_grantor = grantor.map(RunAs::restricted);
        db::execute(&revoke, &[])?;
    }
    record("revoke_access", &name)?;
    Ok(format!("role {quoted} has no access to promo_guard"))
}
