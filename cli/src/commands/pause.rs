//! `promoctl pause`: runbook section 3, keep a campaign paused.

use std::io::Write;

use crate::args::PauseArguments;
use crate::error::{Error, Status};
use crate::output::table::{ALERT, HEADING, PLAIN, PageWriter, styled};
use crate::output::text::{counted, grouped, visible};
use crate::output::{Printing, Rows};
use crate::reference::{self, Purpose};
use crate::session::{Call, Session};

/// Runs the command.
pub fn run(arguments: &PauseArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (call, of) = match (&arguments.batch, &arguments.campaign) {
        (Some(batch), _) => {
            let call = Call::new("pause_batch").with("campaign_name", batch.as_str());
            (call, format!("of \"{}\"", visible(batch)))
        }
        (None, campaign) => {
            let campaign = campaign.as_deref().unwrap_or_default();
            let campaign = reference::resolve(campaign, session, Purpose::Change)?;
            let call = Call::new("pause").with("campaign_id", campaign.id);
            (call, format!("campaign {}", campaign.called()))
        }
    };
    let call = call.with("reason", arguments.reason.as_str());
    let answer = session.apply(&call)?;

    if arguments.batch.is_some() {
        return batch(&answer, &of, printing);
    }
    let row = answer.first();
    crate::output::answer(printing, &answer, |out| {
        let says = match row.text("decision") {
            Some("PAUSED") => styled(HEADING, &format!("Paused {of}")),
            Some("ALREADY_PAUSED") => styled(HEADING, &format!("Already paused: {of}")),
            _ => styled(ALERT, &format!("Refused: {of} stays as it is")),
        };
        writeln!(out, "{says} (action {}).", row.get("action_id").plain())?;
        out.say(PLAIN, &row.words("detail"))
    })?;
    Ok(if row.is("decision", "REFUSED") { Status::Findings } else { Status::Fine })
}

/// What became of a batch.
fn batch(answer: &Rows, of: &str, printing: Printing) -> Result<Status, Error> {
    crate::output::answer(printing, answer, |out| {
        let decided = |decision: &str| answer.count(|row| row.is("decision", decision));
        let says = match (decided("PAUSED"), decided("ALREADY_PAUSED")) {
            (0, 0) => format!("Nothing to pause: no code {of} is ACTIVE or PAUSED."),
            (0, already) => format!("All {} {of} were paused already.", counted(already, "code")),
            (paused, 0) => format!("Paused {} {of}.", counted(paused, "code")),
            (paused, already) => {
                format!(
                    "Paused {} {of}; {} more were paused already.",
                    counted(paused, "code"),
                    grouped(already)
                )
            }
        };
        out.say(HEADING, &says)
    })?;
    Ok(Status::Fine)
}
