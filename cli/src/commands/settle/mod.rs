//! `promoctl settle`: runbook 5.2, validate purchase settlement. Every rule, both directions, one snapshot.

pub mod summary;
mod violations;

use std::io::{self, Write};

use super::window::Window;
use crate::args::{Format, SettleArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, styled};
use crate::output::text::{grouped, shell_word};
use crate::output::{Part, Printing, Rows, answer_parts};
use crate::reference::{self, Purpose};
use crate::session::{Session, Work};

pub use violations::call as violations_call;

/// Violations on a page.
const SHOWN: i32 = 20;

const WITHHELD: &str =
    "Not shown: user ids are for operators. A role gets them with promo_guard.grant_operator().";

/// Everything on the page.
struct Page {
    window: Window,
    /// The one campaign whose violations are listed.
    campaign: Option<i64>,
    summary: Rows,
    /// None for a reader.
    violations: Option<Rows>,
    /// There are more violations than are listed.
    more: bool,
}

/// Runs the command.
pub fn run(arguments: &SettleArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let campaign = match &arguments.campaign {
        Some(given) => Some(reference::resolve(given, session, Purpose::Read)?.id),
        None => None,
    };
    let page = session.read(|work| read(arguments, campaign, work, printing))?;

    answer_parts(printing, &parts(&page), page.violations.as_ref(), |out| {
        write_page(out, &page, arguments, &session.database, &session.again)
    })?;
    Ok(page.status())
}

/// Asks for both sections.
fn read(
    arguments: &SettleArguments,
    campaign: Option<i64>,
    work: &mut Work<'_>,
    printing: Printing,
) -> Result<Page, Error> {
    let window = Window::read(work, &arguments.window, Some("settle_lookback"))?;
    let summary = work.fetch(&window.call("settlement_summary"))?;
    let limit = match printing.format {
        Format::Table => Some(arguments.max_rows.unwrap_or(SHOWN)),
        _ => arguments.max_rows,
    };
    // One more than is shown tells whether there are more.
    let fetched = limit.map(|limit| limit.saturating_add(1));
    let call = violations::call(&window, campaign, fetched);
    let mut violations = match printing.format {
        // CSV is the violations: a role that may not see them gets the server's refusal.
        Format::Csv => Some(work.fetch(&call)?),
        _ => work.fetch_if_allowed(&call)?,
    };
    let mut more = false;
    if let (Some(rows), Some(limit)) = (&mut violations, limit) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        more = rows.rows.len() > limit;
        rows.rows.truncate(limit);
    }
    Ok(Page { window, campaign, summary, violations, more })
}

impl Page {
    /// 1 where there is something critical: by the summary, which knows all of it; for one campaign by its list.
    fn status(&self) -> Status {
        let critical = match (self.campaign, &self.violations) {
            (Some(_), Some(listed)) => listed.iter().any(|row| row.is("severity", "critical")),
            _ => summary::violations(&self.summary, "critical") > 0,
        };
        if critical { Status::Findings } else { Status::Fine }
    }
}

/// The page for people.
fn write_page(
    out: &mut impl Write,
    page: &Page,
    arguments: &SettleArguments,
    database: &str,
    again: &str,
) -> io::Result<()> {
    page.window.write_heading(out, "Settlement", database)?;
    let (headline, alarming) = summary::headline(&page.summary);
    writeln!(out)?;
    out.say(if alarming { ALERT } else { HEADING }, &headline)?;

    out.title("Rules")?;
    summary::write(out, &page.summary, arguments.all)?;

    let of = page.campaign.map_or(String::new(), |id| format!(" of campaign {id}"));
    let title = format!("Violations{of}");
    match &page.violations {
        None => {
            out.title(&title)?;
            out.say(PLAIN, WITHHELD)?;
        }
        Some(rows) if rows.is_empty() => {
            if page.campaign.is_some() {
                out.title(&title)?;
                writeln!(out, "None.")?;
            }
        }
        Some(rows) => {
            out.title(&title)?;
            violations::write(out, rows)?;
            let shown = rows.rows.len();
            if page.more {
                let of = match page.campaign {
                    Some(_) => "more than that".to_owned(),
                    None => grouped(
                        summary::violations(&page.summary, "critical")
                            + summary::violations(&page.summary, "warning"),
                    ),
                };
                writeln!(out, "{}", styled(DIM, &format!("{shown} of {of} (--max-rows).")))?;
            }
            writeln!(out, "\nIds in full, and all of them:")?;
            out.paste(again, &in_full(arguments))?;
        }
    }
    Ok(())
}

/// The command that lists every violation with its ids in full.
fn in_full(arguments: &SettleArguments) -> String {
    let campaign = arguments.campaign.as_ref();
    let campaign = campaign.map_or(String::new(), |given| format!(" --campaign {}", shell_word(given)));
    format!("settle{}{campaign} --output csv", arguments.window.options())
}

/// The page for programs and tickets.
fn parts(page: &Page) -> Vec<Part<'_>> {
    let mut parts = page.window.facts();
    parts.push(Part::Table("summary", "Rules", &page.summary));
    parts.push(match &page.violations {
        Some(rows) => Part::Table("violations", "Violations", rows),
        None => Part::Withheld("violations", "Violations", WITHHELD),
    });
    parts
}

#[cfg(test)]
mod tests;
