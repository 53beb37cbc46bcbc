//! `promoctl unpause --together`: what one actor paused at once. One page and one question; each campaign passes its own checks and
//! is decided in a transaction of its own.

use std::io::{self, Write};

use super::ask::confirm;
use super::decide::decide;
use super::plan::Plan;
use super::progress::{Outcome, Progress};
use crate::args::{Format, UnpauseArguments};
use crate::error::{Error, Status};
use crate::fate;
use crate::output::table::{ALERT, HEADING, PageWriter, styled};
use crate::output::text::{counted, visible};
use crate::output::{Printing, Rows, stdout};
use crate::reference::{self, Purpose};
use crate::session::{Call, Session};
use crate::signals::Signals;

/// Runs the command.
pub fn run(
    campaign: &str,
    arguments: &UnpauseArguments,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Outcome, Error> {
    let campaign = reference::resolve(campaign, session, Purpose::PlannedChange)?.id;
    let call = Call::new("paused_together").with("campaign_id", campaign);
    let together = session.read(|work| work.fetch(&call)).map_err(fate::before_commit)?;
    let ids: Vec<i64> = together.values("campaign_id").filter_map(|id| id.int()).collect();
    let mut plans = Vec::new();
    for id in &ids {
        let campaign = reference::resolve(&id.to_string(), session, Purpose::PlannedChange)?;
        plans.push((*id, session.read(|work| Plan::fetch(work, &campaign)).map_err(fate::before_commit)?));
    }
    if printing.format == Format::Table {
        let mut out = stdout(printing.format);
        write_page(&mut out, &together, &plans, &arguments.overrides)?;
        out.flush()?;
    } else if !arguments.yes {
        write_page(&mut anstream::stderr(), &together, &plans, &arguments.overrides)?;
    }
    let mut progress = Progress::default();
    let ready = plans.iter().filter(|(_, plan)| plan.allowed_with(&arguments.overrides)).count();
    let question = format!("Unpause {ready} campaigns, each after its own checks?");
    let asked: Vec<&Plan> = plans.iter().map(|(_, plan)| plan).collect();
    if ready > 0 && !arguments.yes && !confirm(&asked, &arguments.overrides, &question, signals)? {
        writeln!(anstream::stderr(), "Not confirmed: nothing was changed.")?;
        return Ok(Outcome { status: Status::Findings, unpaused: Vec::new() });
    }
    // What the plan refuses is asked of the server all the same: the attempt is on record.
    for (place, (id, plan)) in plans.iter().enumerate() {
        match decide(arguments, *id, plan, session, &mut progress) {
            Ok(answer) => {
                if printing.format == Format::Table {
                    let mut out = stdout(printing.format);
                    write_decision(&mut out, &answer, plan, &arguments.overrides)?;
                    out.flush()?;
                }
            }
            Err(cause) => {
                return Err(progress.stopped(printing, *id, &ids[place + 1..], &session.again, cause));
            }
        }
    }
    let outcome = progress.outcome(printing, ids.len())?;
    if printing.format == Format::Table {
        let mut out = stdout(printing.format);
        let says = format!("Unpaused {} of {}.", outcome.unpaused.len(), number(ids.len()));
        writeln!(out, "\n{}", styled(HEADING, &says))?;
        out.flush()?;
    }
    Ok(outcome)
}

fn number(n: usize) -> String {
    counted(i64::try_from(n).unwrap_or(i64::MAX), "campaign")
}

/// What was paused together, and what each campaign's own checks say.
fn write_page(
    to: &mut impl Write,
    together: &Rows,
    plans: &[(i64, Plan)],
    overrides: &[String],
) -> io::Result<()> {
    let first = together.first();
    let by = first.words("paused_by");
    let at = first.time("paused_at").map_or(String::new(), |at| format!(" at {at}"));
    to.say(HEADING, &format!("{by} paused {}{at}.", number(plans.len())))?;
    let (ready, refused): (Vec<_>, Vec<_>) = plans.iter().partition(|(_, plan)| plan.allowed_with(overrides));
    if !ready.is_empty() {
        let over: std::collections::BTreeSet<&String> =
            ready.iter().flat_map(|(_, plan)| plan.needed(overrides)).collect();
        let over: Vec<&str> = over.into_iter().map(String::as_str).collect();
        let except = if over.is_empty() { String::new() } else { format!(" but {}", over.join(", ")) };
        writeln!(to, "\n{} pass every check{except}:", number(ready.len()))?;
        for (_, plan) in ready {
            writeln!(to, "  {}", plan.title())?;
        }
    }
    if !refused.is_empty() {
        writeln!(to)?;
        to.say(ALERT, &format!("{} stay PAUSED:", number(refused.len())))?;
        for (_, plan) in refused {
            let open: Vec<&str> =
                plan.failed().iter().filter(|name| !overrides.contains(name)).map(String::as_str).collect();
            writeln!(to, "  {}: {}", plan.title(), open.join(", "))?;
        }
    }
    Ok(())
}

fn write_decision(to: &mut impl Write, answer: &Rows, plan: &Plan, overrides: &[String]) -> io::Result<()> {
    if answer.is_empty() {
        return Ok(());
    }
    let row = answer.first();
    let action = row.get("action_id").plain();
    if row.is("decision", "UNPAUSED") {
        return writeln!(to, "Unpaused {} (action {action}).", plan.title());
    }
    let failed = row.get("failed_checks").list().iter().filter(|name| !overrides.contains(name));
    let failed: Vec<&str> = failed.map(String::as_str).collect();
    // Nothing fails where the plan no longer holds: then the server says why.
    let why =
        if failed.is_empty() { row.text("detail").unwrap_or_default().to_owned() } else { failed.join(", ") };
    let says = format!("Refused {} (action {action}): {}.", plan.title(), visible(why.trim_end_matches('.')));
    writeln!(to, "{}", styled(ALERT, &says))
}
