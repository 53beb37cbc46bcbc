//! `promoctl triage`: runbook sections 1 and 2 as one page at 80 columns, in the order in which somebody just woken up needs it.
//!
//! The page is one call of `triage()`. A section is a file.

mod baseline;
mod blast_radius;
mod campaigns;
mod clusters;
mod failed_attempts;
mod headline;
mod next;
mod page;

use std::io::Write;
use std::time::Duration;

use self::page::{CAMPAIGNS_SHOWN, CODES_SHOWN, Page, Section};
use super::settle::summary as settlement;
use crate::args::{Format, TriageArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, page_width, styled};
use crate::output::text::{counted, visible, wrapped};
use crate::output::{Part, Printing, Rows, stdout, write_parts};
use crate::session::Session;
use crate::signals::Signals;

/// Clusters on the page.
const CLUSTERS_SHOWN: usize = 5;
/// Rows of each list that the server gives.
const MAX_ROWS: usize = 50;

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
    if printing.format == Format::Table {
        write_page(&mut out, &page, arguments, &session.database, &session.again)?;
    } else {
        write_parts(&mut out, printing.format, &parts(&page, &session.database))?;
    }
    out.flush()?;
    Ok(Status::Fine)
}

/// Draws the page again and again, each time from a snapshot of its own, until a signal comes.
fn watch(
    arguments: &TriageArguments,
    session: &mut Session,
    signals: &Signals,
    seconds: u64,
) -> Result<Status, Error> {
    loop {
        let page = session.read(|work| Page::read(arguments, work))?;
        let mut out = stdout(Format::Table);
        // Home, and clear what is below: what scrolled by stays in the terminal's memory.
        write!(out, "\u{1b}[H\u{1b}[2J")?;
        write_page(&mut out, &page, arguments, &session.database, &session.again)?;
        writeln!(out, "\n{}", styled(DIM, &format!("Every {seconds} s; Ctrl-C ends it.")))?;
        out.flush()?;
        signals.sleep(Duration::from_secs(seconds));
        if let Some(signal) = signals.caught() {
            return Err(Error::Interrupted(signal));
        }
    }
}

/// The page for people.
fn write_page(
    out: &mut impl Write,
    page: &Page,
    arguments: &TriageArguments,
    database: &str,
    again: &str,
) -> Result<(), Error> {
    let width = page_width();
    let title = format!("Promo incident triage: database {}", visible(database));
    writeln!(out, "{}", styled(HEADING, &title))?;
    writeln!(out, "{}", styled(DIM, &wrapped(&page.window.sentence(), width, "")))?;
    let headline = headline::sentence(page);
    let style = if headline.alarming { ALERT } else { HEADING };
    writeln!(out, "\n{}", styled(style, &wrapped(&headline.text, width, "")))?;

    let shown = campaigns::shown(page);
    section(out, "Campaigns, worst first", &Ok(shown), |out, rows| {
        let listed = first(rows, CAMPAIGNS_SHOWN);
        campaigns::write(out, page, &listed)?;
        let rest = rows.rows.len() - listed.rows.len();
        if rest > 0 {
            let rest = counted(i64::try_from(rest).unwrap_or(i64::MAX), "campaign");
            writeln!(out, "{}", styled(DIM, &format!("and {rest} more: promoctl classify")))?;
        }
        Ok(super::paused::write_legend(out, &listed)?)
    })?;
    let telling = page.clusters.as_ref().map(clusters::telling).map_err(String::clone);
    section(out, "What fails together, worst first", &telling, |out, rows| {
        let shown = first(rows, CLUSTERS_SHOWN);
        clusters::write(out, &shown, page.window.as_of)?;
        more(out, shown.rows.len(), &rows.rows.len().to_string(), "the others: promoctl clusters")
    })?;
    section(out, "Against the same time of earlier days", &page.baseline, |out, rows| {
        Ok(baseline::write(out, rows)?)
    })?;
    section(out, "Blast radius", &page.blast_radius, |out, rows| Ok(blast_radius::write(out, rows)?))?;
    section(out, "Settlement of the last hour", &page.settlement, |out, rows| {
        let (text, bad) = settlement::headline(rows);
        let text = wrapped(&text, width, "");
        Ok(writeln!(out, "{}", if bad { styled(ALERT, &text) } else { text })?)
    })?;
    section(out, "Escalations", &page.escalations, |out, rows| {
        let overdue = rows.values("overdue").filter(|overdue| overdue.is_true()).count();
        let all = counted(i64::try_from(rows.rows.len()).unwrap_or(i64::MAX), "escalation");
        Ok(writeln!(out, "{all}, {overdue} of them overdue: promoctl escalations")?)
    })?;
    section(out, "Failing codes, most attempts first", &page.failed_attempts, |out, rows| {
        let shown = first(rows, CODES_SHOWN);
        failed_attempts::write(out, &shown, page.window.as_of)?;
        let found = rows.rows.len();
        let found = if found < MAX_ROWS { found.to_string() } else { format!("{found} or more") };
        more(out, shown.rows.len(), &found, "hashes in full and the others: --output json")
    })?;

    writeln!(out, "\n{}", styled(HEADING, "Next"))?;
    for step in next::steps(page, arguments, again) {
        writeln!(out, "{}", wrapped(&step.why, width, "  "))?;
        writeln!(out, "    {}", styled(PASTE, &step.command))?;
    }
    Ok(())
}

/// A section with its heading; none where it is empty, and where it could not be had the reason.
fn section<W: Write>(
    out: &mut W,
    title: &str,
    rows: &Section,
    write: impl FnOnce(&mut W, &Rows) -> Result<(), Error>,
) -> Result<(), Error> {
    match rows {
        Ok(rows) if rows.rows.is_empty() => Ok(()),
        Ok(rows) => {
            writeln!(out, "\n{}", styled(HEADING, title))?;
            write(out, rows)
        }
        Err(why) => {
            writeln!(out, "\n{}", styled(HEADING, title))?;
            let why = format!("Not shown: {}.", visible(why));
            Ok(writeln!(out, "{}", wrapped(&why, page_width(), ""))?)
        }
    }
}

/// The page for programs and tickets.
fn parts<'a>(page: &'a Page, database: &str) -> Vec<Part<'a>> {
    let mut parts = page.facts(database, headline::sentence(page).text);
    parts.push(Part::Table("campaigns", "Campaigns", &page.campaigns));
    for (key, title, section) in [
        ("paused_campaigns", "Paused campaigns", &page.paused),
        ("verdicts", "Verdicts", &page.verdicts),
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

/// The first rows of a list.
fn first(rows: &Rows, count: usize) -> Rows {
    Rows { columns: rows.columns.clone(), rows: rows.rows.iter().take(count).cloned().collect() }
}

/// Says that a list was cut, and how to see the rest.
fn more(out: &mut impl Write, shown: usize, total: &str, how: &str) -> Result<(), Error> {
    if shown.to_string() != total {
        writeln!(out, "{}", styled(DIM, &format!("{shown} of {total}; {how}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
