//! The trigger that records every change of a status, whoever makes it.

use super::baseline::{self, Recorded};
use super::relation::{self, Relation};
use super::views;
use crate::failure::{Answer, OrReport, report};
use crate::{changes, citus, db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::{Entity, Given, is_key, quote_literal};
use promo_guard_core::{Refusal, SqlState};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The application's words for a status, and ours.
type Words = BTreeMap<String, String>;

/// The trigger's name.
pub const TRIGGER: &str = "promo_guard_status_history";

/// The bound campaigns' table with the names of its id and status columns, and the words of the latter.
fn campaigns() -> Answer<(Relation, String, String, Words)> {
    let memory = views::remembered()?.into_iter().find(|r| r.bound && r.entity == Entity::Campaigns);
    let Some(memory) = memory else { return Err(report(crate::app::not_bound("campaigns"))) };
    let column = |name: &str| memory.column(name).map(str::to_owned);
    let (Some((schema, name)), Some(id), Some(status)) = (&memory.relation, column("id"), column("status"))
    else {
        return Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, "the campaigns' table is not known")
                .detail("The view promo_guard.campaigns is written by hand, and its table was not given to bind().")
                .hint("SELECT * FROM promo_guard.bind(promo_codes => 'schema.table');"),
        ));
    };
    let Some(oid) = relation::find(schema, name)? else {
        return Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("the bound table {}.{} is gone", db::ident(schema), db::ident(name)),
            )
            .hint("SELECT * FROM promo_guard.bind(promo_codes => 'schema.table');"),
        ));
    };
    Ok((relation::inspect(Entity::Campaigns, oid)?, id, status, words(&memory.columns["status"])?))
}

/// The application's words for a status and ours, where `bind` was told any. A boolean is written as PostgreSQL shows it, too.
fn words(said: &Value) -> Answer<Words> {
    let column = Entity::Campaigns.column("status").filter(|_| said.is_object());
    let Some(column) = column else { return Ok(Words::new()) };
    let given = Given::parse(Entity::Campaigns, column, said).or_report()?;
    let Given::Made(made) = given else { return Ok(Words::new()) };
    let mut words = made.read_words();
    for (word, short) in [("true", "t"), ("false", "f")] {
        if let Some(ours) = words.get(word).cloned() {
            words.entry(short.to_owned()).or_insert(ours);
        }
    }
    Ok(words)
}

/// The trigger's arguments.
fn arguments(table: &Relation, id: &str, status: &str, words: &Words) -> Vec<String> {
    let mut arguments = vec![id.to_owned(), status.to_owned()];
    // A key's type says how its text is made; it comes after the words.
    let key = table.columns.iter().find(|(name, sql_type)| name == id && is_key(sql_type));
    if key.is_some() || !words.is_empty() {
        arguments.push(json!(words).to_string());
    }
    arguments.extend(key.map(|(_, sql_type)| sql_type.base.clone()));
    arguments
}

/// Puts the trigger on the campaigns' table, and records what the history does not know.
fn attach() -> Answer<(Relation, Recorded)> {
    let (table, id, status, words) = campaigns()?;
    let quoted = arguments(&table, &id, &status, &words);
    let quoted: Vec<String> = quoted.iter().map(|argument| quote_literal(argument)).collect();
    // AFTER UPDATE of the whole row, not OF status: a BEFORE trigger of the application's may set the status too. The
    // condition keeps every other update, used_total's above all, away from the function.
    db::execute(
        &format!(
            "CREATE OR REPLACE TRIGGER {TRIGGER} AFTER UPDATE ON {} FOR EACH ROW WHEN (OLD.{1} IS DISTINCT FROM NEW.{1}) \
             EXECUTE FUNCTION promo_guard.record_status_change({2})",
            table.qualified(),
            db::ident(&status),
            quoted.join(", "),
        ),
        &[],
    )?;
    // ALWAYS: also for what a subscription's worker applies, and whoever sets session_replication_role.
    db::execute(&format!("ALTER TABLE {} ENABLE ALWAYS TRIGGER {TRIGGER}", table.qualified()), &[])?;
    db::execute(
        &format!(
            "COMMENT ON TRIGGER {TRIGGER} ON {} IS 'Records status changes for promo_guard; see promo_guard.detach_history()'",
            table.qualified()
        ),
        &[],
    )?;
    // After the trigger, whose lock keeps every writer away: what is read here is what the trigger goes on from.
    let baseline = baseline::record(&words)?;
    Ok((table, baseline))
}

/// After a `bind`: a trigger that is attached goes by the columns, words and types that hold from now on.
pub fn attach_anew() -> Answer<()> {
    // Where the table cannot be written, there is no trigger to go by anything.
    let Ok((table, id, status, words)) = campaigns() else { return Ok(()) };
    let attached = db::run(
        "SELECT tgargs FROM pg_trigger WHERE tgrelid = $1 AND tgname = $2",
        &[table.oid.into(), TRIGGER.into()],
        |row| row.get::<Vec<u8>>(1),
    )?;
    let wanted = arguments(&table, &id, &status, &words);
    let wanted = wanted.iter().flat_map(|argument| argument.bytes().chain([0])).collect::<Vec<u8>>();
    if attached.first().is_some_and(|had| had.as_ref() != Some(&wanted)) {
        attach()?;
    }
    Ok(())
}

fn is_attached(table: &Relation) -> Answer<bool> {
    let attached = db::run(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = $1 AND tgname = $2)",
        &[table.oid.into(), TRIGGER.into()],
        |row| db::flag(row, 1),
    )?;
    Ok(attached == [true])
}

#[pg_extern(sql = false)]
fn attach_history() -> Answer<String> {
    changes::allowed()?;
    changes::owner_only("attach_history")?;
    let _settings = changes::Settings::lock_timeout();
    changes::lock_setup()?;
    let (table, ..) = campaigns()?;
    // With citus.enable_unsafe_triggers the trigger would write on the workers, where nothing reads it.
    if citus::place(table.oid)? != citus::Place::Here {
        return Ok(format!(
            "no status history: Citus allows no trigger on {}; the time of a pause comes from the action log and from attempts",
            table.qualified()
        ));
    }
    let (table, baseline) = attach()?;
    let after = json!({
        "table": table.qualified(), "campaigns": baseline.campaigns, "baseline": baseline.recorded,
    });
    records::Action { action: "attach_history", decision: "DONE", after: Some(after), ..Default::default() }
        .record()?;
    let recorded = match baseline.recorded {
        0 => String::new(),
        n => format!(
            "; {n} of {} campaigns had no record of their present status and now have one",
            baseline.campaigns
        ),
    };
    Ok(format!(
        "status changes of {} are recorded in promo_guard.status_history from now on{recorded}",
        table.qualified()
    ))
}

#[pg_extern(sql = false)]
fn detach_history() -> Answer<String> {
    changes::allowed()?;
    changes::owner_only("detach_history")?;
    let _settings = changes::Settings::lock_timeout();
    changes::lock_setup()?;
    let (table, ..) = campaigns()?;
    if !is_attached(&table)? {
        return Ok(format!("no status history is attached to {}", table.qualified()));
    }
    db::execute(&format!("DROP TRIGGER {TRIGGER} ON {}", table.qualified()), &[])?;
    let after = json!({ "table": table.qualified() });
    records::Action { action: "detach_history", decision: "DONE", after: Some(after), ..Default::default() }
        .record()?;
    Ok(format!("status changes of {} are no longer recorded; the history stays", table.qualified()))
}
