//! `promoctl check`: runbook 4.1 and 4.2, may this campaign be unpaused?

use super::unpause::plan::Plan;
use crate::args::CampaignArguments;
use crate::error::{Error, Status};
use crate::output::{Part, Printing, Value, answer_parts};
use crate::reference::{self, Purpose};
use crate::session::Session;

/// Runs the command.
pub fn run(
    arguments: &CampaignArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Read)?;
    let plan = session.read(|work| Plan::fetch(work, &campaign))?;
    let mut parts = plan.summary.facts();
    parts.push(Part::Fact("as_of", Value::Time(plan.as_of)));
    parts.push(Part::Table("checks", "Checks", &plan.checks));
    answer_parts(printing, &parts, Some(&plan.checks), |out| {
        plan.write(out, true, &[])?;
        plan.write_next(out, &session.again)
    })?;
    Ok(if plan.allowed() { Status::Fine } else { Status::Findings })
}
