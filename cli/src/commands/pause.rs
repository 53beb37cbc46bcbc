//! `promoctl pause`: runbook section 3, keep a campaign paused.

use std::io::Write;

use crate::args::PauseArguments;
use crate::error::{Error, Status};
use crate::output::table::{ALERT, HEADING, page_width, styled};
use crate::output::text::{counted, grouped, visible, wrapped};
use crate::output::{Printing, Rows};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// Runs the command.
pub fn run(arguments: &PauseArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (call, of) = match (&arguments.batch, &arguments.campaign) {
        (Some(batch), _) => {
            let call = Call::new("pause_batch").with("campaign_name", Argument::As("text", batch.clone()));
            (call, format!("of \"{}\"", visible(batch)))
        }
        (None, campaign) => {
            let campaign = campaign.as_deref().unwrap_or_default();
            let campaign = reference::resolve(campaign, session, Purpose::Change)?;
            let call = Call::new("pause").with("campaign_id", Argument::Id(campaign.id));
            (call, format!("campaign {}", campaign.called()))
        }
    };
    let call = call.with("reason", Argument::As("text", arguments.reason.clone()));
    let mut work = session.change()?;
    let answer = work.fetch(&call)?;
    work.commit()?;

    if arguments.batch.is_some() {
        return batch(&answer, &of, printing);
    }
    let row = answer.rows.first().cloned().unwrap_or_default();
    let get = |name| answer.get(&row, name);
    let refused = get("decision").text() == Some("REFUSED");
    crate::output::answer(printing, &answer, |out| {
        let says = match get("decision").text() {
            Some("PAUSED") => styled(HEADING, &format!("Paused {of}")),
            Some("ALREADY_PAUSED") => styled(HEADING, &format!("Already paused: {of}")),
            _ => styled(ALERT, &format!("Refused: {of} stays as it is")),
        };
        writeln!(out, "{says} (action {}).", get("action_id").plain())?;
        let detail = get("detail").text().map(visible).unwrap_or_default();
        writeln!(out, "{}", wrapped(&detail, page_width(), ""))
    })?;
    Ok(if refused { Status::Findings } else { Status::Fine })
}

/// What became of a batch.
fn batch(answer: &Rows, of: &str, printing: Printing) -> Result<Status, Error> {
    crate::output::answer(printing, answer, |out| {
        let decided = |decision: &str| {
            let met = answer.values("decision").filter(|value| value.text() == Some(decision)).count();
            i64::try_from(met).unwrap_or(i64::MAX)
        };
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
        writeln!(out, "{}", styled(HEADING, &wrapped(&says, page_width(), "")))
    })?;
    Ok(Status::Fine)
}
