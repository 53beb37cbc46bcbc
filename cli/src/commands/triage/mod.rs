//! `promoctl triage`: runbook sections 1 and 2. The first screen says what is wrong, whom it hurts and what to type, on 24 lines of 80
//! columns; `--full` shows every section.
//!
//! The page is one call of `triage()`.

mod baseline;
mod campaigns;
mod clusters;
mod full;
mod headline;
mod lines;
mod next;
pub mod page;
mod screen;
pub mod words;

use std::io::Write;
use std::time::Duration;

use self::lines::Line;
use self::page::Page;
use self::screen::Setting;
use crate::args::{Format, TriageArguments};
use crate::error::{Error, Status};
use crate::last_page;
use crate::output::table::{DIM, page_size, styled};
use crate::output::{Part, Printing, stdout, write_parts};
use crate::session::Session;
use crate::signals::Signals;

/// What can be refused without a server.
pub fn check(arguments: &TriageArguments, printing: Printing) -> Result<(), Error> {
    if arguments.watch.is_some() && !(printing.terminal && printing.format == Format::Table) {
        return Err(Error::usage_with_hint(
            "--watch draws on a terminal, and the output goes elsewhere",
            "Leave --watch out; for programs there is --output json.",
        ));
    }
    Ok(())
}

/// Runs the command.
pub fn run(
    arguments: &TriageArguments,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Status, Error> {
    if let Some(seconds) = arguments.watch {
        return signals.during_watch(|| watch(arguments, session, signals, seconds));
    }
    let page = session.read(|work| Page::read(arguments, work))?;
    let mut out = stdout(printing.format);
    if printing.format != Format::Table {
        write_parts(&mut out, printing.format, &parts(&page, &session.database))?;
    } else if arguments.full {
        full::write(&mut out, &page, arguments, &session.database, &session.again)?;
    } else {
        let lines = lines::of(&page.document, page.window.as_of);
        for line in drawn(&page, &lines, arguments, session, None) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(Status::Fine)
}

/// Draws the screen in place again and again, each time from a snapshot of its own, until a signal comes.
fn watch(
    arguments: &TriageArguments,
    session: &mut Session,
    signals: &Signals,
    seconds: u64,
) -> Result<Status, Error> {
    let mut before: Option<Vec<Line>> = None;
    let mut first = true;
    loop {
        let page = session.read(|work| Page::read(arguments, work))?;
        let lines = lines::of(&page.document, page.window.as_of);
        let mut shown = drawn(&page, &lines, arguments, session, before.as_deref());
        let clock = page.window.as_of.form("%H:%M:%S");
        shown.push(styled(DIM, &format!("Updated {clock} UTC, every {seconds} s. Ctrl-C ends it.")));
        let mut out = stdout(Format::Table);
        // What scrolled by stays in the terminal's memory. Later screens are drawn over the one before.
        write!(out, "{}", if first { "\u{1b}[H\u{1b}[2J" } else { "\u{1b}[H" })?;
        let height = page_size().1.saturating_sub(1).max(1);
        for line in shown.iter().take(height) {
            writeln!(out, "{line}\u{1b}[K")?;
        }
        write!(out, "\u{1b}[J")?;
        out.flush()?;
        (before, first) = (Some(lines), false);
        signals.sleep(Duration::from_secs(seconds));
        if let Some(signal) = signals.caught() {
            return Err(Error::Interrupted(signal));
        }
    }
}

/// The first screen. Its numbers are kept for the commands that follow.
fn drawn(
    page: &Page,
    lines: &[Line],
    arguments: &TriageArguments,
    session: &Session,
    before: Option<&[Line]>,
) -> Vec<String> {
    let window = &page.window;
    let lookback =
        window.since.and_then(|since| since.until(window.as_of)).and_then(|length| length.to_std().ok());
    let numbers = last_page::keep(
        &session.place,
        lookback.unwrap_or_default(),
        lines.iter().map(Line::numbered).collect(),
    );
    let setting = Setting {
        database: &session.database,
        again: &session.again,
        window: arguments.window.options(),
        clock: window.as_of.form("%H:%M:%S"),
        size: page_size(),
        numbers,
        before,
    };
    screen::of(page, lines, &setting)
}

/// The page for programs and tickets.
fn parts<'a>(page: &'a Page, database: &str) -> Vec<Part<'a>> {
    let mut parts = page.facts(database, headline::sentence(page).0);
    parts.extend([
        Part::Table("campaigns", "Campaigns", &page.campaigns),
        Part::Table("paused_campaigns", "Paused campaigns", &page.paused),
        Part::Table("verdicts", "Verdicts", &page.verdicts),
    ]);
    for (key, title, section) in [
        ("unpaused", "Unpaused campaigns", &page.unpaused),
        ("batches", "Batches", &page.batches),
        ("failure_clusters", "Failure clusters", &page.clusters),
        ("baseline", "Baseline", &page.baseline),
        ("blast_radius", "Blast radius", &page.blast_radius),
        ("settlement_summary", "Settlement", &page.settlement),
        ("escalations", "Escalations", &page.escalations),
        ("failed_attempts", "Failing codes", &page.failed_attempts),
    ] {
        parts.push(match section {
            Ok(rows) => Part::Table(key, title, rows),
            Err(why) => Part::Withheld(key, title, why),
        });
    }
    parts
}

#[cfg(test)]
mod tests;
