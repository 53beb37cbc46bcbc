//! `promoctl triage`: runbook sections 1 and 2 as one page at 80 columns, in the order in which somebody just woken up needs it.
//!
//! A section is a file; all of them are read in one snapshot and with one `as_of`.

mod baseline;
mod blast_radius;
mod campaigns;
mod clusters;
mod failed_attempts;
mod headline;
mod next;

use std::io::Write;
use std::time::Duration;

use super::settle::summary as settlement;
use super::window::Window;
use super::{Printing, classify, paused};
use crate::args::{Format, TriageArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, page_width, styled};
use crate::output::text::{grouped, visible, wrapped};
use crate::output::{Part, Rows, Value, stdout, write_parts};
use crate::session::{Session, Work};
use crate::signals::Signals;

/// Rows of each list that programs get.
const MAX_ROWS: i32 = 50;
/// Paused campaigns on the page.
const PAUSED_SHOWN: usize = 6;
/// Campaigns on it that are not paused and not healthy.
const WILD_SHOWN: usize = 4;
/// Clusters on the page.
const CLUSTERS_SHOWN: usize = 5;
/// Failing codes on the page.
const CODES_SHOWN: usize = 6;

const WITHHELD: &str =
    "Not shown: code hashes are for operators. A role gets them with promo_guard.grant_operator().";

/// A section: its rows, or why there are none.
type Section = Result<Rows, String>;

/// Everything on the page.
pub struct Page {
    window: Window,
    blast_radius: Section,
    paused: Section,
    verdicts: Section,
    clusters: Section,
    baseline: Section,
    settlement: Section,
    failed_attempts: Section,
}

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
    let page = session.read(|work| read(arguments, work))?;

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
        let page = session.read(|work| read(arguments, work))?;
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

/// Asks for every section.
fn read(arguments: &TriageArguments, work: &mut Work<'_>) -> Result<Page, Error> {
    let usual = work.policy("triage_lookback")?;
    let window = Window::read(work, &arguments.window, usual)?;
    let as_of = window.as_of;
    let given = arguments.window.lookback.as_ref();
    // Whatever stops this one stops the others too, and its error says what to do.
    let blast_radius = Ok(work.fetch(&blast_radius::call(given, as_of))?);
    Ok(Page {
        blast_radius,
        // All that are paused, however long: a lookback would hide the campaign that somebody forgot yesterday.
        paused: work.fetch_section(&paused::call(None, as_of, MAX_ROWS), None)?,
        verdicts: work.fetch_section(&classify::call(given, as_of), None)?,
        clusters: work.fetch_section(&clusters::call(given, as_of, MAX_ROWS), None)?,
        baseline: work.fetch_section(&baseline::call(given, as_of), None)?,
        settlement: work.fetch_section(&settlement::call(None, &window), None)?,
        failed_attempts: work
            .fetch_section(&failed_attempts::call(given, as_of, MAX_ROWS), Some(WITHHELD))?,
        window,
    })
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

    let total = headline::paused_total(page);
    section(out, "Paused campaigns, newest first", &page.paused, |out, rows| {
        let shown = first(rows, PAUSED_SHOWN);
        campaigns::write_paused(out, page, &shown)?;
        more(out, shown.rows.len(), &grouped(total), "the others: promoctl paused")?;
        Ok(paused::write_legend(out, &shown)?)
    })?;
    if let Ok(verdicts) = &page.verdicts {
        let wild = Ok(campaigns::running_wild(verdicts));
        section(out, "Not paused, and not healthy", &wild, |out, rows| {
            Ok(campaigns::write_wild(out, rows, WILD_SHOWN)?)
        })?;
    } else {
        section(out, "Verdicts", &page.verdicts, |_, _| Ok(()))?;
    }
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
    section(out, "Failing codes, most attempts first", &page.failed_attempts, |out, rows| {
        let shown = first(rows, CODES_SHOWN);
        failed_attempts::write(out, &shown, page.window.as_of)?;
        let found = rows.rows.len();
        let found = if found < MAX_ROWS as usize { found.to_string() } else { format!("{found} or more") };
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
            let why = if why == WITHHELD { why.clone() } else { format!("Not shown: {}.", visible(why)) };
            Ok(writeln!(out, "{}", wrapped(&why, page_width(), ""))?)
        }
    }
}

/// The page for programs and tickets.
fn parts<'a>(page: &'a Page, database: &str) -> Vec<Part<'a>> {
    let mut parts = vec![
        Part::Fact("database", Value::Text(database.to_owned())),
        Part::Fact("as_of", page.window.end()),
        Part::Fact("lookback", page.window.length()),
        Part::Fact("since", page.window.start()),
        Part::Fact("headline", Value::Text(headline::sentence(page).text)),
    ];
    for (key, title, section) in [
        ("paused_campaigns", "Paused campaigns", &page.paused),
        ("verdicts", "Verdicts", &page.verdicts),
        ("failure_clusters", "Failure clusters", &page.clusters),
        ("baseline", "Baseline", &page.baseline),
        ("blast_radius", "Blast radius", &page.blast_radius),
        ("settlement_summary", "Settlement", &page.settlement),
        ("failed_attempts", "Failing codes", &page.failed_attempts),
    ] {
        parts.push(match section {
            Ok(rows) => Part::Table(key, title, rows),
            Err(why) => Part::Withheld(key, title, why),
        });
    }
    parts
}

/// Critical violations that settlement found.
fn settle_findings(page: &Page) -> i64 {
    page.settlement.as_ref().map_or(0, |summary| settlement::violations(summary, "critical"))
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
