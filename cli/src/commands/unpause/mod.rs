//! `promoctl unpause`: runbook 4.3. Each id is a decision of its own: plan, question, call.

mod ask;
mod decide;
mod group;
pub mod plan;
mod progress;

use std::io::{self, Write};

use self::decide::decide;
use self::plan::Plan;
pub use self::progress::Outcome;
use self::progress::Progress;
use crate::args::{Format, UnpauseArguments};
use crate::error::Error;
use crate::fate;
use crate::output::table::{ALERT, HEADING, PLAIN, PageWriter};
use crate::output::text::visible;
use crate::output::{Printing, Rows, stdout};
use crate::prompt;
use crate::reference::{self, Campaign, Purpose};
use crate::session::Session;
use crate::signals::Signals;
use promo_guard_core::Text;

/// What can be refused without a server.
pub fn check(arguments: &UnpauseArguments) -> Result<(), Error> {
    // The server's own rule, before any question.
    Text::REASON.read(Some(&arguments.reason)).map_err(|refused| {
        let detail = refused.detail.unwrap_or_default();
        Error::usage_with_hint(format!("{}: {detail}", refused.message), "--reason 'why this is right'")
    })?;
    if !arguments.yes && !prompt::possible() {
        return Err(Error::usage_with_hint(
            "there is no terminal to ask at",
            "Look at the plan with promoctl check, and repeat this with --yes to unpause without being asked.",
        ));
    }
    Ok(())
}

/// Runs the command: all ids, one after the other, each in a transaction of its own.
pub fn run(
    arguments: &UnpauseArguments,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Outcome, Error> {
    if let Some(campaign) = &arguments.together {
        return group::run(campaign, arguments, session, signals, printing);
    }
    let mut progress = Progress::default();
    let mut campaigns = Vec::new();
    for campaign in &arguments.campaigns {
        campaigns.push(reference::resolve(campaign, session, Purpose::PlannedChange)?);
    }
    let ids: Vec<i64> = campaigns.iter().map(|campaign| campaign.id).collect();
    for (index, campaign) in campaigns.iter().enumerate() {
        let outcome = one(arguments, &ids, campaign, session, signals, printing, &mut progress);
        // What was done stays done, and is told.
        if let Err(cause) = outcome {
            if ids.len() == 1 {
                return Err(cause);
            }
            return Err(progress.stopped(printing, campaign.id, &ids[index + 1..], &session.again, cause));
        }
    }
    progress.outcome(printing, ids.len())
}

/// One campaign: its decision goes to the progress, unless the person did not confirm.
fn one(
    arguments: &UnpauseArguments,
    ids: &[i64],
    campaign: &Campaign,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
    progress: &mut Progress,
) -> Result<(), Error> {
    let again = session.again.clone();
    let id = campaign.id;
    let first = ids.first() == Some(&id);
    let plan = session.read(|work| Plan::fetch(work, campaign)).map_err(fate::before_commit)?;
    let shown = |to: &mut dyn Write| -> io::Result<()> {
        let mut to = to;
        if !first {
            writeln!(to)?;
        }
        plan.write(&mut to, true, &arguments.overrides)
    };
    if printing.format == Format::Table {
        let mut out = stdout(printing.format);
        shown(&mut out)?;
        out.flush()?;
    } else if !arguments.yes {
        shown(&mut anstream::stderr())?;
    }
    // What the plan refuses is asked of the server all the same: the attempt is on record, and the fingerprint sees to it
    // that no campaign is unpaused on another plan than the one shown.
    let question = format!("Unpause {}?", plan.title());
    if plan.allowed_with(&arguments.overrides)
        && !arguments.yes
        && !ask::confirm(&[&plan], &arguments.overrides, &question, signals)?
    {
        writeln!(anstream::stderr(), "Not confirmed: nothing was changed.")?;
        progress.not_confirmed.push(id);
        return Ok(());
    }

    let answer = decide(arguments, id, &plan, session, progress)?;
    if printing.format == Format::Table {
        let mut out = stdout(printing.format);
        write_decision(&mut out, &answer, &plan, &again, id, arguments.watch && ids.len() == 1)?;
        out.flush()?;
    }
    Ok(())
}

/// The decision for people.
fn write_decision(
    to: &mut impl Write,
    answer: &Rows,
    plan: &Plan,
    again: &str,
    id: i64,
    watched: bool,
) -> io::Result<()> {
    if answer.is_empty() {
        return Ok(());
    }
    let row = answer.first();
    let action = row.get("action_id").plain();
    writeln!(to)?;
    if row.is("decision", "UNPAUSED") {
        to.say(HEADING, &format!("Unpaused {} (action {action}).", plan.title()))?;
        let overridden = row.get("overridden").list();
        if !overridden.is_empty() {
            let says = format!("Overridden: {}. This is escalated.", overridden.join(", "));
            to.say(PLAIN, &visible(&says))?;
        }
        if watched {
            // What comes next is the watch itself.
            return writeln!(to);
        }
        writeln!(to, "Now watch it: failures, redemptions, another pause.")?;
        return to.paste(again, &format!("watch {id}"));
    }
    to.say(ALERT, &format!("Refused: {} stays as it is (action {action}).", plan.title()))?;
    if let Some(detail) = row.shown("detail") {
        to.say(PLAIN, &detail)?;
    }
    match row.time("retry_after") {
        Some(at) => writeln!(to, "Try again at {at}.")?,
        None => writeln!(to, "Waiting is not enough. Do what the checks say.")?,
    }
    to.paste(again, &format!("check {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn without_a_terminal_nothing_is_asked_and_yes_is_needed() {
        let arguments = UnpauseArguments {
            campaigns: vec!["7".into()],
            reason: "clean".into(),
            ..UnpauseArguments::default()
        };
        assert_eq!(
            check(&UnpauseArguments { reason: "  ".into(), yes: true, ..UnpauseArguments::default() })
                .unwrap_err()
                .status(),
            Status::Usage
        );
        assert!(check(&UnpauseArguments { yes: true, ..arguments }).is_ok());
    }
}
