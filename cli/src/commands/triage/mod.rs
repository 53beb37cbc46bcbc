//! `promoctl triage`: runbook section 1 as one page at 80 columns, in the order in which somebody just woken up needs it.
//!
//! A section is a file; all of them are read in one snapshot and with one `as_of`.

mod blast_radius;
mod failed_attempts;
mod headline;
mod next;

use std::io::Write;

use super::window::Window;
use super::{Printing, paused};
use crate::args::{Format, TriageArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, page_width, styled};
use crate::output::text::{grouped, visible, wrapped};
use crate::output::{Part, Rows, Value, stdout, write_parts};
use crate::session::{Session, Work};

/// Rows of each list that programs get.
const MAX_ROWS: i32 = 50;
/// Paused campaigns on the page.
const PAUSED_SHOWN: usize = 6;
/// Failing codes on the page.
const CODES_SHOWN: usize = 8;

const WITHHELD: &str =
    "Not shown: code hashes are for operators. A role gets them with promo_guard.grant_operator().";

/// Everything on the page.
pub struct Page {
    window: Window,
    blast_radius: Rows,
    paused: Rows,
    /// None for a reader.
    failed_attempts: Option<Rows>,
}

/// Runs the command.
pub fn run(arguments: &TriageArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let page = read(arguments, &mut session.read()?)?;

    let mut out = stdout(printing.format);
    if printing.format == Format::Table {
        write_page(&mut out, &page, arguments, &session.database, &session.again)?;
    } else {
        write_parts(&mut out, printing.format, &parts(&page, &session.database))?;
    }
    out.flush()?;
    Ok(Status::Fine)
}

/// Asks for every section.
fn read(arguments: &TriageArguments, work: &mut Work<'_>) -> Result<Page, Error> {
    let usual = work.policy("triage_lookback")?;
    let window = Window::read(work, &arguments.window, usual)?;
    let as_of = window.as_of;
    let given = arguments.window.lookback.as_ref();
    let blast_radius = work.fetch(&blast_radius::call(given, as_of))?;
    // All that are paused, however long: a lookback would hide the campaign that somebody forgot yesterday.
    let paused = work.fetch(&paused::call(None, as_of, MAX_ROWS))?;
    let failed_attempts = work.fetch_if_allowed(&failed_attempts::call(given, as_of, MAX_ROWS))?;
    Ok(Page { window, blast_radius, paused, failed_attempts })
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

    writeln!(out, "\n{}", styled(HEADING, "Blast radius"))?;
    blast_radius::write(out, &page.blast_radius)?;

    let total = headline::paused_total(page);
    if !page.paused.rows.is_empty() {
        writeln!(out, "\n{}", styled(HEADING, "Paused campaigns, newest first"))?;
        let shown = first(&page.paused, PAUSED_SHOWN);
        paused::write_table(out, &shown, page.window.as_of, page.window.present)?;
        more(out, shown.rows.len(), &grouped(total), "the others: promoctl paused")?;
        paused::write_legend(out, &shown)?;
    }

    match &page.failed_attempts {
        None => writeln!(out, "\n{}\n{}", styled(HEADING, "Failing codes"), wrapped(WITHHELD, width, ""))?,
        Some(codes) if codes.rows.is_empty() => {}
        Some(codes) => {
            writeln!(out, "\n{}", styled(HEADING, "Failing codes, most attempts first"))?;
            let shown = first(codes, CODES_SHOWN);
            failed_attempts::write(out, &shown, page.window.as_of)?;
            let found = codes.rows.len();
            let found =
                if found < MAX_ROWS as usize { found.to_string() } else { format!("{found} or more") };
            more(out, shown.rows.len(), &found, "hashes in full and the others: --output json")?;
        }
    }

    writeln!(out, "\n{}", styled(HEADING, "Next"))?;
    let steps = next::steps(page, arguments, again);
    for step in steps {
        writeln!(out, "{}", wrapped(&step.why, width, "  "))?;
        writeln!(out, "    {}", styled(PASTE, &step.command))?;
    }
    Ok(())
}

/// The page for programs and tickets.
fn parts<'a>(page: &'a Page, database: &str) -> Vec<Part<'a>> {
    vec![
        Part::Fact("database", Value::Text(database.to_owned())),
        Part::Fact("as_of", page.window.end()),
        Part::Fact("lookback", page.window.length()),
        Part::Fact("since", page.window.start()),
        Part::Table("blast_radius", "Blast radius", &page.blast_radius),
        Part::Table("paused_campaigns", "Paused campaigns", &page.paused),
        match &page.failed_attempts {
            Some(rows) => Part::Table("failed_attempts", "Failing codes", rows),
            None => Part::Withheld("failed_attempts", "Failing codes", WITHHELD),
        },
    ]
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
