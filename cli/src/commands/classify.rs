//! `promoctl classify`: runbook 2, what is going on with each campaign.

use std::io::{self, Write};

use anstyle::Style;

use super::window::Window;
use crate::args::ClassifyArguments;
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, styled};
use crate::output::text::{shorten, visible};
use crate::output::{Printing, Row, Rows, answer};
use crate::session::Session;
use promo_guard_core::words::{number, percent};

/// Reasons shown of each campaign, unless all are asked for.
const REASONS_SHOWN: usize = 3;
/// Columns of a name.
const NAME_SHOWN: usize = 36;

/// Runs the command.
pub fn run(
    arguments: &ClassifyArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let (window, rows) =
        Window::fetch(session, &arguments.window, Some("triage_lookback"), |window| window.call("classify"))?;
    answer(printing, &rows, |out| {
        window.write_heading(out, "Verdicts", &session.database)?;
        write_verdicts(out, &rows, arguments.all)
    })?;
    Ok(Status::Fine)
}

fn write_verdicts(out: &mut impl Write, rows: &Rows, all: bool) -> io::Result<()> {
    let quiet = |row: &Row<'_>| row.is("verdict", "HEALTHY") && !row.is("status", "PAUSED");
    let unlisted = if all { 0 } else { rows.count(quiet) };
    for row in rows.iter().filter(|row| all || !quiet(row)) {
        writeln!(out, "\n{}  {}", row.campaign(), verdict(&row))?;
        let name = shorten(&row.words("campaign_name"), NAME_SHOWN);
        writeln!(out, "  {}", styled(DIM, &format!("{}, {name}", row.words("status"))))?;
        out.below(PLAIN, &row.words("action"))?;
        let reasons = row.get("reasons").list();
        let most = if all { reasons.len() } else { REASONS_SHOWN };
        for reason in reasons.iter().take(most) {
            out.below(DIM, &format!("- {}", visible(reason)))?;
        }
    }
    if rows.is_empty() {
        writeln!(out, "\nNo campaign is paused, and none had a failure in this window.")?;
    } else if unlisted > 0 {
        let quiet = number(unlisted, "campaign with failures is", "campaigns with failures are");
        writeln!(out, "\n{quiet} HEALTHY (--all lists them).")?;
    }
    Ok(())
}

/// How a verdict looks.
fn style(verdict: &str) -> Style {
    match verdict {
        "ABUSE_LIKELY" | "CONFIG_REGRESSION" => ALERT,
        "INCONCLUSIVE" => HEADING,
        _ => PLAIN,
    }
}

/// `ABUSE_LIKELY, 97 % sure`; the certainty of an unclear verdict would read as if it were clear.
pub fn verdict(row: &Row<'_>) -> String {
    let verdict = row.words("verdict");
    let confidence = row.get("confidence").number().filter(|_| verdict != "INCONCLUSIVE");
    let sure = confidence.map_or(String::new(), |c| format!(", {} sure", percent(c)));
    styled(style(&verdict), &format!("{verdict}{sure}"))
}
