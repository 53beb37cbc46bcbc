//! `promoctl triage --full`: every section of the page. A section is a file.

use std::io::Write;

use super::page::{CAMPAIGNS_SHOWN, CODES_SHOWN, Page, Section};
use super::{baseline, campaigns, clusters, headline, next};
use crate::args::TriageArguments;
use crate::commands::settle::summary as settlement;
use crate::error::Error;
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, PageWriter, list, styled};
use crate::output::text::{counted, visible};
use crate::output::{Rows, Value};

/// Columns with their titles.
const BLAST_RADIUS: &[(&str, &str)] = &[
    ("status", "status"),
    ("campaigns", "campaigns"),
    ("changed", "changed"),
    ("attempts", "attempts"),
    ("failed_attempts", "failed"),
    ("failing_users", "users"),
    ("open_reservations", "reserved"),
    ("reserved_stars", "stars"),
];
const FAILED_ATTEMPTS: &[(&str, &str)] = &[
    ("code_hash", "code"),
    ("campaign_id", "campaign"),
    ("result", "result"),
    ("attempts", "failed"),
    ("users", "users"),
    ("accepted", "passed"),
    ("last_seen", "last"),
];

/// Characters of a hash that tell codes apart on a page.
const HASH_SHOWN: usize = 10;
/// Clusters on the page.
const CLUSTERS_SHOWN: usize = 5;
/// Rows of each list that the server gives.
const MAX_ROWS: usize = 50;

/// The page for people.
pub fn write(
    out: &mut impl Write,
    page: &Page,
    arguments: &TriageArguments,
    database: &str,
    again: &str,
) -> Result<(), Error> {
    page.window.write_heading(out, "Promo incident triage", database)?;
    let (headline, alarming) = headline::sentence(page);
    writeln!(out)?;
    out.say(if alarming { ALERT } else { HEADING }, &headline)?;

    let shown = campaigns::shown(page);
    section(out, "Campaigns, worst first", &Ok(shown), |out, rows| {
        let listed = rows.head(CAMPAIGNS_SHOWN);
        campaigns::write(out, page, &listed)?;
        let rest = rows.len() - listed.len();
        if rest > 0 {
            let rest = counted(rest, "campaign");
            writeln!(out, "{}", styled(DIM, &format!("and {rest} more: promoctl classify")))?;
        }
        Ok(crate::commands::paused::write_legend(out, &listed)?)
    })?;
    let telling = page.clusters.as_ref().map(clusters::telling).map_err(String::clone);
    section(out, "Failures by cause, worst first", &telling, |out, rows| {
        let shown = rows.head(CLUSTERS_SHOWN);
        clusters::write(out, &shown, page.window.as_of)?;
        more(out, shown.rows.len(), &rows.rows.len().to_string(), "the others: promoctl clusters")
    })?;
    section(out, "Against the same time of earlier days", &page.baseline, |out, rows| {
        Ok(baseline::write(out, rows)?)
    })?;
    section(out, "Blast radius", &page.blast_radius, |out, rows| {
        let rows = rows.with("status", |status| match status {
            Value::Null => Value::Text("unknown code".to_owned()),
            status => status.clone(),
        });
        Ok(list(out, &rows, BLAST_RADIUS, None)?)
    })?;
    section(out, "Settlement of the last hour", &page.settlement, |out, rows| {
        let (text, bad) = settlement::headline(rows);
        Ok(out.say(if bad { ALERT } else { PLAIN }, &text)?)
    })?;
    section(out, "Escalations", &page.escalations, |out, rows| {
        let overdue = rows.count(|row| row.holds("overdue"));
        let all = counted(rows.len(), "escalation");
        Ok(writeln!(out, "{all}, {overdue} of them overdue: promoctl escalations")?)
    })?;
    section(out, "Failing codes, most attempts first", &page.failed_attempts, |out, rows| {
        let shown = rows.head(CODES_SHOWN);
        let shown =
            shown.with("code_hash", |hash| Value::Text(hash.plain().chars().take(HASH_SHOWN).collect()));
        list(out, &shown, FAILED_ATTEMPTS, Some(page.window.as_of))?;
        let found = rows.rows.len();
        let found = if found < MAX_ROWS { found.to_string() } else { format!("{found} or more") };
        more(out, shown.rows.len(), &found, "hashes in full and the others: --output json")
    })?;

    out.title("Next")?;
    for (why, command) in next::steps(page, arguments) {
        out.below(PLAIN, &why)?;
        out.paste(again, &command)?;
    }
    Ok(())
}

/// A section with its heading; none where it is empty, and the reason where it is not available.
fn section<W: Write>(
    out: &mut W,
    title: &str,
    rows: &Section,
    write: impl FnOnce(&mut W, &Rows) -> Result<(), Error>,
) -> Result<(), Error> {
    match rows {
        Ok(rows) if rows.is_empty() => Ok(()),
        Ok(rows) => {
            out.title(title)?;
            write(out, rows)
        }
        Err(why) => {
            out.title(title)?;
            Ok(out.say(PLAIN, &format!("Not shown: {}.", visible(why)))?)
        }
    }
}

/// Says that a list was cut, and how to see the rest.
fn more(out: &mut impl Write, shown: usize, total: &str, how: &str) -> Result<(), Error> {
    if shown.to_string() != total {
        writeln!(out, "{}", styled(DIM, &format!("{shown} of {total}; {how}")))?;
    }
    Ok(())
}
