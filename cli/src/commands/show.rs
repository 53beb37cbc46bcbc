//! `promoctl show`: one campaign on one page.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value as Json, json};

use super::triage::page::Page;
use super::triage::words::{brief, count, number, percent, verdict};
use crate::args::{ShowArguments, TriageArguments, WindowArguments};
use crate::error::{Error, Status};
use crate::output::chart::sparkline;
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter};
use crate::output::text::visible;
use crate::output::time::Timestamp;
use crate::output::{Part, Printing, Rows, Value, answer_parts};
use crate::reference::{self, Campaign, Purpose};
use crate::session::{Argument, Call, Session, Work};

/// Failures are charted so far back, unless a lookback is given.
const CHARTED: &str = "3 hours";
/// Characters of a chart.
const CHART: usize = 36;
/// Rows of the records.
const RECORDS: i32 = 8;
/// Settlement's violations that are counted.
const VIOLATIONS: i32 = 1000;

/// All that is known of the campaign. None: this role may not read it.
struct Found {
    page: Page,
    /// The campaign as `triage()` gives it, or as far as other functions know it.
    campaign: Json,
    clusters: Rows,
    bake: Rows,
    plan: Option<Rows>,
    violations: Option<Rows>,
    actions: Option<Rows>,
    history: Option<Rows>,
}

/// Runs the command.
pub fn run(arguments: &ShowArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Read)?;
    if campaign.status.is_none() {
        return Err(Error::usage_with_hint(
            format!("no campaign has the id {}", campaign.id),
            "promoctl triage and promoctl paused list campaigns.",
        ));
    }
    let found = session.read(|work| read(arguments, &campaign, work))?;
    let parts = parts(&found, &session.database);
    answer_parts(printing, &parts, None, |out| write_page(out, &found, &campaign, session))?;
    Ok(Status::Fine)
}

fn read(arguments: &ShowArguments, campaign: &Campaign, work: &mut Work<'_>) -> Result<Found, Error> {
    let WindowArguments { lookback, as_of } = &arguments.window;
    let window = WindowArguments { lookback: lookback.clone(), as_of: as_of.clone() };
    let page = Page::read(&TriageArguments { window, ..TriageArguments::default() }, work)?;
    let end = page.window.as_of;
    let of = |function| Call::new(function).with("campaign_id", campaign.id);
    let id = campaign.id.to_string();
    let listed = page.document["campaigns"].as_array().into_iter().flatten();
    let known = match listed.into_iter().find(|c| c["campaign_id"] == id.as_str()) {
        Some(known) => known.clone(),
        None => known_elsewhere(campaign, lookback.as_ref(), end, work)?,
    };
    let charted = lookback.clone().unwrap_or_else(|| CHARTED.to_owned());
    let clusters = Call::new("failure_clusters")
        .with("lookback", Argument::As("interval", charted))
        .with("as_of", end)
        .with("max_rows", Argument::Null("integer"));
    let clusters = work.fetch(&clusters)?.only(|row| row.get("campaign_id").int() == Some(campaign.id));
    let plan =
        if known["paused_at_source"].is_null() { None } else { work.fetch_if_allowed(&of("plan_unpause"))? };
    let violations = of("settlement_violations").with("as_of", end).with("max_rows", VIOLATIONS);
    let (id, most) = (campaign.id, RECORDS);
    Ok(Found {
        campaign: known,
        clusters,
        bake: work.fetch(&of("bake_status"))?,
        plan,
        violations: work.fetch_if_allowed(&violations)?,
        actions: work.select_if_allowed("action_log", "at, action, decision, actor, reason", id, most)?,
        history: work.select_if_allowed(
            "status_history",
            "at, from_status, to_status, actor, kind",
            id,
            most,
        )?,
        page,
    })
}

/// A campaign that is not among the worst fifty: what classify() and paused_campaigns() know of it.
fn known_elsewhere(
    campaign: &Campaign,
    lookback: Option<&String>,
    end: Timestamp,
    work: &mut Work<'_>,
) -> Result<Json, Error> {
    let mut known = json!({
        "campaign_id": campaign.id.to_string(), "campaign_key": campaign.key, "campaign_name": campaign.name, "status": campaign.status,
    });
    let calls = [
        Call::new("classify").with_some("lookback", "interval", lookback),
        Call::new("paused_campaigns").with("max_rows", Argument::Null("integer")),
    ];
    for call in calls {
        let rows = work.fetch(&call.with("as_of", end))?;
        let row = rows.iter().find(|row| row.get("campaign_id").int() == Some(campaign.id));
        let Some(row) = row else { continue };
        for (column, value) in rows.columns.iter().zip(row.values).filter(|(c, _)| c.name != "evidence") {
            known[&column.name] = serde_json::to_value(value).unwrap_or(Json::Null);
        }
    }
    Ok(known)
}

/// For programs and tickets.
fn parts<'a>(found: &'a Found, database: &str) -> Vec<Part<'a>> {
    let escalations: Json = escalations(found).cloned().collect();
    let mut parts = vec![
        Part::Fact("database", Value::Text(database.to_owned())),
        Part::Fact("as_of", Value::Time(found.page.window.as_of)),
        Part::Fact("campaign", Value::Json(found.campaign.clone())),
        Part::Fact("escalations", Value::Json(escalations)),
        Part::Table("clusters", "Failure clusters", &found.clusters),
        Part::Table("bake", "Bake", &found.bake),
    ];
    let withheld = "not for this role, or the campaign is not paused";
    for (key, title, rows) in [
        ("plan", "Unpause", &found.plan),
        ("violations", "Settlement violations", &found.violations),
        ("actions", "Actions", &found.actions),
        ("history", "Status history", &found.history),
    ] {
        parts.push(match rows {
            Some(rows) => Part::Table(key, title, rows),
            None => Part::Withheld(key, title, withheld),
        });
    }
    parts
}

fn escalations(found: &Found) -> impl Iterator<Item = &Json> {
    let id = &found.campaign["campaign_id"];
    let all = found.page.document["escalations"].as_array().into_iter().flatten();
    all.filter(move |one| one["campaign_id"] == *id)
}

fn write_page(out: &mut impl Write, found: &Found, campaign: &Campaign, session: &Session) -> io::Result<()> {
    let (again, of) = (&session.again, &found.campaign);
    let as_of = found.page.window.as_of;
    let text = |key: &str| of[key].as_str().map(visible);

    let name = text("campaign_name").unwrap_or_else(|| "A campaign without a name".to_owned());
    out.say(HEADING, &name)?;
    let prefix = text("code_prefix").map_or(String::new(), |prefix| format!(", code {prefix}…"));
    let id = campaign.id.to_string();
    let key = if campaign.key == id { String::new() } else { format!("key {}, ", campaign.called()) };
    let place = format!("{key}id {id}{prefix}, database {}, {as_of}", visible(&session.database));
    out.say(DIM, &place)?;

    out.title("Status")?;
    out.below(PLAIN, &status(of, as_of))?;
    out.below(PLAIN, &traffic(of, found.page.window.lookback.as_deref()))?;
    if let Some(bake) = found.bake.iter().next() {
        let says = format!("Bake {}: {}", bake.words("state").to_lowercase(), bake.words("detail"));
        out.below(PLAIN, &says)?;
    }

    out.title("Verdict")?;
    match of["verdict"].as_str() {
        None => out.below(PLAIN, "No verdict: no attempt on its code failed in this time.")?,
        Some(label) => {
            let words = match label {
                "INCONCLUSIVE" | "HEALTHY" => verdict(label, None),
                _ => format!(
                    "{}, {} certain",
                    verdict(label, None),
                    percent(of["confidence"].as_f64().unwrap_or(0.0))
                ),
            };
            let alarming = of["needs_action"] == true;
            let style = if alarming { ALERT } else { HEADING };
            out.below(style, &format!("{words} ({})", visible(label)))?;
        }
    }
    for reason in of["reasons"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        out.below(PLAIN, &visible(reason))?;
    }

    out.title("Do this")?;
    out.below(PLAIN, &text("action").unwrap_or_else(|| "Nothing.".to_owned()))?;
    if let Some(command) = text("next_command") {
        out.paste(again, command.strip_prefix("promoctl ").unwrap_or(&command))?;
    }
    if let Some(plan) = found.plan.as_ref().and_then(|plan| plan.iter().next()) {
        let failed = plan.get("failed_checks").list();
        let failing = i64::try_from(failed.len()).unwrap_or(i64::MAX);
        if failed.is_empty() {
            out.below(PLAIN, "Every check of an unpause passes.")?;
        } else {
            let checks = number(failing, "check of an unpause fails", "checks of an unpause fail");
            out.below(PLAIN, &format!("{checks}: {}.", visible(&failed.join(", "))))?;
        }
        out.paste(again, &format!("check {id}"))?;
    }

    if !found.clusters.is_empty() {
        out.title("Failures over time")?;
        for row in found.clusters.iter() {
            let ends = match (row.time("first_seen"), row.time("last_seen")) {
                (Some(first), Some(last)) => {
                    format!("{} to {}", first.clock_near(as_of), last.clock_near(as_of))
                }
                _ => String::new(),
            };
            let users = number(row.int("users"), "user", "users");
            writeln!(out, "  {}  {ends}", sparkline(&row.get("series").counts(), CHART))?;
            let says = format!("{}, {users}: {}", row.words("kind"), row.words("explanation"));
            out.below(PLAIN, &says)?;
        }
    }

    out.title("Settlement of the last hour")?;
    out.below(PLAIN, &settlement(found))?;
    for (place, one) in escalations(found).enumerate() {
        if place == 0 {
            out.title("Escalations")?;
        }
        let due = if one["overdue"] == true { "due now" } else { "later" };
        let word = |key: &str| one[key].as_str().map(visible).unwrap_or_default();
        let whom = word("escalate_to").replace('_', " ");
        out.below(PLAIN, &format!("{} ({due}, to the {whom}): {}", word("rule"), word("detail")))?;
    }
    out.title("On record, latest first")?;
    records(out, found)
}

/// `PAUSED for 39 min, since 01:44:03Z. Source: status history. Paused by promo_app.`
fn status(of: &Json, as_of: Timestamp) -> String {
    let text = |key: &str| of[key].as_str().map(visible);
    let time = |key: &str| of[key].as_str().and_then(Timestamp::of_json);
    let status = text("status").unwrap_or_else(|| "Status unknown".to_owned());
    let Some(source) = text("paused_at_source") else { return format!("{status}.") };
    let mut said = match time("paused_at") {
        None => format!("{status}. The time of the pause is unknown."),
        Some(at) => {
            let age = at.until(as_of).map_or(String::new(), |age| format!(" for {}", brief(age)));
            format!("{status}{age}, since {}.", at.clock_near(as_of))
        }
    };
    said += match source.as_str() {
        "history" => " The status history recorded it.",
        "evidence" => " Inferred: the auto-pause rule began to hold then.",
        _ => " Inferred: it was paused at that time or before.",
    };
    if source != "history" {
        let bound = |key: &str, word: &str| {
            time(key).map_or(String::new(), |at| format!(" It was paused {word} {}.", at.clock_near(as_of)))
        };
        said += &bound("paused_not_before", "after");
        said += &bound("paused_not_after", "before");
    }
    match (text("paused_by"), text("pause_reason")) {
        (Some(by), Some(reason)) => said + &format!(" Paused by {by}: \"{reason}\"."),
        (Some(by), None) => said + &format!(" Paused by {by}."),
        (None, _) => said + " No record says who paused it or why.",
    }
}

fn traffic(of: &Json, lookback: Option<&str>) -> String {
    let within = lookback.map_or(String::new(), |lookback| format!("In the last {}: ", visible(lookback)));
    let users = number(count(of, "users"), "user", "users");
    let failed = number(count(of, "failed_attempts"), "failed attempt", "failed attempts");
    format!("{within}{failed} by {users}, {} accepted.", count(of, "accepted"))
}

fn settlement(found: &Found) -> String {
    let Some(violations) = &found.violations else { return "Violations are shown to operators.".to_owned() };
    let mut rules: BTreeMap<String, i64> = BTreeMap::new();
    for row in violations.iter() {
        *rules.entry(row.words("rule")).or_default() += 1;
    }
    let told: Vec<String> = rules.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
    match violations.len() {
        0 => "No violations.".to_owned(),
        n => format!("{}: {}.", number(n, "violation", "violations"), told.join(", ")),
    }
}

/// Status changes and actions in one list.
fn records(out: &mut impl Write, found: &Found) -> io::Result<()> {
    let mut lines: Vec<(Timestamp, String)> = Vec::new();
    let (Some(actions), Some(history)) = (&found.actions, &found.history) else {
        return writeln!(out, "  Records are shown to operators.");
    };
    for row in actions.iter() {
        let reason = row.shown("reason").map_or(String::new(), |reason| format!(", \"{reason}\""));
        let (action, actor) = (row.words("action"), row.words("actor"));
        let said = format!("{action}() by {actor}: {}{reason}", row.words("decision"));
        lines.extend(row.time("at").map(|at| (at, said)));
    }
    for row in history.iter() {
        let to = row.words("to_status");
        let said = match row.text("kind") {
            Some("baseline") => format!("{to} when the history was attached"),
            _ => format!("{} to {to} by {}", row.words("from_status"), row.words("actor")),
        };
        lines.extend(row.time("at").map(|at| (at, said)));
    }
    lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    if lines.is_empty() {
        return writeln!(out, "  Nothing.");
    }
    for (at, said) in lines.iter().take(RECORDS.unsigned_abs() as usize) {
        out.below(PLAIN, &format!("{}  {said}", at.form("%Y-%m-%d %H:%M")))?;
    }
    Ok(())
}
