//! `promoctl pause`: runbook section 3, keep a campaign paused.

use std::io::Write;

use crate::args::PauseArguments;
use crate::error::{Error, Status};
use crate::output::Printing;
use crate::output::table::{ALERT, HEADING, page_width, styled};
use crate::output::text::{visible, wrapped};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};

/// Runs the command.
pub fn run(arguments: &PauseArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Change)?;
    let call = Call::new("pause")
        .with("campaign_id", Argument::Id(campaign.id))
        .with("reason", Argument::As("text", arguments.reason.clone()));
    let mut work = session.change()?;
    let answer = work.fetch(&call)?;
    work.commit()?;

    let row = answer.rows.first().cloned().unwrap_or_default();
    let get = |name| answer.get(&row, name);
    let refused = get("decision").text() == Some("REFUSED");
    crate::output::answer(printing, &answer, |out| {
        let says = match get("decision").text() {
            Some("PAUSED") => styled(HEADING, &format!("Paused campaign {}", campaign.id)),
            Some("ALREADY_PAUSED") => {
                styled(HEADING, &format!("Campaign {} was paused already", campaign.id))
            }
            _ => styled(ALERT, &format!("Refused: campaign {} stays as it is", campaign.id)),
        };
        writeln!(out, "{says} (action {}).", get("action_id").plain())?;
        let detail = get("detail").text().map(visible).unwrap_or_default();
        writeln!(out, "{}", wrapped(&detail, page_width(), ""))
    })?;
    Ok(if refused { Status::Findings } else { Status::Fine })
}
