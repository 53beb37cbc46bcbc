//! `promoctl classify`: runbook 2, what is going on with each campaign.

use std::io::{self, Write};

use anstyle::Style;

use super::window::Window;
use crate::args::ClassifyArguments;
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, page_width, styled};
use crate::output::text::{shorten, visible, wrapped};
use crate::output::time::Timestamp;
use crate::output::{Printing, Rows, Value, answer};
use crate::session::{Argument, Call, Session};
use promo_guard_core::words::{number, percent};

/// Reasons shown of each campaign, unless all are asked for.
const REASONS_SHOWN: usize = 3;
/// Columns of a name.
const NAME_SHOWN: usize = 36;

/// The question to the server.
pub fn call(lookback: Option<&String>, as_of: Timestamp) -> Call {
    Call::new("classify").with_some("lookback", "interval", lookback).with("as_of", Argument::Time(as_of))
}

/// Runs the command.
pub fn run(
    arguments: &ClassifyArguments,
    session: &mut Session,
    printing: Printing,
) -> Result<Status, Error> {
    let (window, rows) = session.read(|work| {
        let default = work.policy("triage_lookback")?;
        let window = Window::read(work, &arguments.window, default)?;
        let rows = work.fetch(&call(arguments.window.lookback.as_ref(), window.as_of))?;
        Ok((window, rows))
    })?;

    answer(printing, &rows, |out| write_page(out, &rows, &window, arguments.all, &session.database))?;
    Ok(Status::Fine)
}

fn write_page(
    out: &mut impl Write,
    rows: &Rows,
    window: &Window,
    all: bool,
    database: &str,
) -> io::Result<()> {
    let width = page_width();
    writeln!(out, "{}", styled(HEADING, &format!("Verdicts: database {}", visible(database))))?;
    writeln!(out, "{}", styled(DIM, &wrapped(&window.sentence(), width, "")))?;
    let healthy = |row: &&Vec<Value>| rows.get(row, "verdict").text() == Some("HEALTHY");
    let quiet =
        rows.rows.iter().filter(|row| healthy(row) && rows.get(row, "status").text() != Some("PAUSED"));
    let quiet = i64::try_from(quiet.count()).unwrap_or(i64::MAX);
    let mut shown = 0;
    for row in &rows.rows {
        let paused = rows.get(row, "status").text() == Some("PAUSED");
        if !all && !paused && healthy(&row) {
            continue;
        }
        shown += 1;
        writeln!(out)?;
        write_title(out, rows, row, true)?;
        writeln!(out, "{}", wrapped(&text(rows, row, "action"), width, "  "))?;
        let reasons = rows.get(row, "reasons").list();
        let most = if all { reasons.len() } else { REASONS_SHOWN };
        for reason in reasons.iter().take(most) {
            writeln!(out, "{}", styled(DIM, &wrapped(&format!("- {}", visible(reason)), width, "  ")))?;
        }
    }
    if shown == 0 && quiet == 0 {
        writeln!(out, "\nNo campaign is paused, and none had a failure in this window.")?;
    } else if !all && quiet > 0 {
        let quiet = number(quiet, "campaign with failures is", "campaigns with failures are");
        writeln!(out, "\n{quiet} HEALTHY (--all lists them).")?;
    }
    Ok(())
}

fn text(rows: &Rows, row: &[Value], name: &str) -> String {
    rows.get(row, name).text().map(visible).unwrap_or_default()
}

/// How a verdict looks.
pub fn style(verdict: &str) -> Style {
    match verdict {
        "ABUSE_LIKELY" | "CONFIG_REGRESSION" => ALERT,
        "INCONCLUSIVE" => HEADING,
        _ => Style::new(),
    }
}

/// `ABUSE_LIKELY, 97 % sure`; the certainty of an unclear verdict would read as if it were clear.
pub fn verdict(rows: &Rows, row: &[Value]) -> String {
    let verdict = text(rows, row, "verdict");
    let confidence = rows.get(row, "confidence").number().filter(|_| verdict != "INCONCLUSIVE");
    let sure = confidence.map_or(String::new(), |c| format!(", {} sure", percent(c)));
    styled(style(&verdict), &format!("{verdict}{sure}"))
}

/// The line of a campaign.
pub fn write_title(to: &mut impl Write, rows: &Rows, row: &[Value], status: bool) -> io::Result<()> {
    let name = shorten(&text(rows, row, "campaign_name"), NAME_SHOWN);
    let status = if status { format!("{}, ", text(rows, row, "status")) } else { String::new() };
    writeln!(to, "{}  {}", rows.campaign(row), verdict(rows, row))?;
    writeln!(to, "  {}", styled(DIM, &format!("{status}{name}")))
}
