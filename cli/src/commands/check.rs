//! `promoctl check`: runbook 4.1 and 4.2, may this campaign be unpaused?

use std::io::Write;

use super::unpause::plan::Plan;
use crate::args::{CheckArguments, Format};
use crate::error::{Error, Status};
use crate::output::{Part, Printing, Value, stdout, write_parts, write_rows};
use crate::reference::{self, Purpose};
use crate::session::Session;

/// Runs the command.
pub fn run(arguments: &CheckArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let again = session.again.clone();
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Read)?;
    let plan = session.read(|work| Plan::fetch(work, &campaign))?;

    let mut out = stdout(printing.format);
    match printing.format {
        Format::Table => {
            plan.write(&mut out, true, &[])?;
            plan.write_next(&mut out, &again)?;
        }
        Format::Csv => write_rows(&mut out, printing.format, &plan.checks, printing.csv_raw)?,
        Format::Json | Format::Markdown => {
            let mut parts = plan.summary.facts();
            parts.push(Part::Fact("as_of", Value::Time(plan.as_of)));
            parts.push(Part::Table("checks", "Checks", &plan.checks));
            write_parts(&mut out, printing.format, &parts)?;
        }
    }
    out.flush()?;
    Ok(if plan.allowed() { Status::Fine } else { Status::Findings })
}
