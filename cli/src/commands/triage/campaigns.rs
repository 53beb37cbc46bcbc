//! Runbook 1.2 and 2: the campaigns that want somebody's attention, each with its verdict, since when, and what to do.

use std::io::{self, Write};

use super::Page;
use crate::commands::classify;
use crate::output::table::{DIM, page_width, styled};
use crate::output::text::{counted, grouped, shorten, visible, wrapped};
use crate::output::time::relative;
use crate::output::{Rows, Value};

/// Columns of a name.
const NAME_SHOWN: usize = 30;

/// The verdict's row on a campaign.
pub fn judged<'a>(verdicts: &'a Rows, id: &Value) -> Option<&'a [Value]> {
    verdicts.rows.iter().find(|row| verdicts.get(row, "campaign_id") == id).map(Vec::as_slice)
}

/// Campaigns that are not paused and not healthy.
pub fn running_wild(verdicts: &Rows) -> Rows {
    let wild = |row: &&Vec<Value>| {
        verdicts.get(row, "status").text() != Some("PAUSED")
            && verdicts.get(row, "verdict").text() != Some("HEALTHY")
    };
    Rows { columns: verdicts.columns.clone(), rows: verdicts.rows.iter().filter(wild).cloned().collect() }
}

/// What the verdicts say, in a sentence.
pub fn sentence(verdicts: &Rows) -> Option<String> {
    let count = |verdict: &str| {
        let paused = |row: &&Vec<Value>| {
            verdicts.get(row, "status").text() == Some("PAUSED")
                && verdicts.get(row, "verdict").text() == Some(verdict)
        };
        verdicts.rows.iter().filter(paused).count()
    };
    let words: Vec<String> = [
        ("ABUSE_LIKELY", "of abuse"),
        ("CONFIG_REGRESSION", "of wrong configuration"),
        ("INCONCLUSIVE", "for reasons unknown"),
        ("FALSE_POSITIVE", "with nothing found against it"),
        ("HEALTHY", "and over anyway"),
    ]
    .iter()
    .filter_map(|(verdict, words)| Some(count(verdict)).filter(|n| *n > 0).map(|n| format!("{n} {words}")))
    .collect();
    let wild = running_wild(verdicts).rows.len();
    let wild = match wild {
        0 => String::new(),
        1 => " 1 campaign that is not paused needs a look.".to_owned(),
        n => format!(" {n} campaigns that are not paused need a look."),
    };
    match words.is_empty() {
        true if wild.is_empty() => None,
        true => Some(wild.trim_start().to_owned()),
        false => Some(format!("Paused: {}.{wild}", words.join(", "))),
    }
}

/// The paused ones, three lines each.
pub fn write_paused(to: &mut impl Write, page: &Page, paused: &Rows) -> io::Result<()> {
    let width = page_width();
    for (place, row) in paused.rows.iter().enumerate() {
        if place > 0 {
            writeln!(to)?;
        }
        let get = |name| paused.get(row, name);
        let text = |name| get(name).text().map(visible);
        let id = get("campaign_id");
        let verdict = page.verdicts.as_ref().ok().and_then(|verdicts| {
            judged(verdicts, id)
                .map(|row| (classify::verdict(verdicts, row), verdicts.get(row, "action").text()))
        });
        let said = match &verdict {
            Some((verdict, _)) => verdict.clone(),
            None => text("verdict").unwrap_or_default(),
        };
        writeln!(to, "{}  {said}", id.plain())?;
        let name = shorten(&text("campaign_name").unwrap_or_default(), NAME_SHOWN);
        let prefix = text("code_prefix").map_or(String::new(), |prefix| format!(" ({prefix}…)"));
        let since = get("paused_at").time().map_or_else(
            || "paused, nobody knows since when".to_owned(),
            |at| {
                let ago = relative(at, page.window.as_of, page.window.present).unwrap_or_default();
                format!("paused {ago} at {}", at.clock_near(page.window.as_of))
            },
        );
        let source = text("paused_at_source").map_or(String::new(), |source| format!(" ({source})"));
        let by = text("paused_by").map_or(String::new(), |by| format!(" by {by}"));
        let failed = get("failed_attempts").int().unwrap_or(0);
        let failed = if failed > 0 { format!("; {} failed", grouped(failed)) } else { String::new() };
        let line = format!("{name}{prefix}: {since}{source}{by}{failed}.");
        writeln!(to, "{}", styled(DIM, &wrapped(&line, width, "  ")))?;
        if let Some(why) = why(page, id) {
            writeln!(to, "{}", styled(DIM, &wrapped(&why, width, "  ")))?;
        }
        if let Some((_, Some(action))) = verdict {
            writeln!(to, "{}", wrapped(&visible(action), width, "  "))?;
        }
    }
    Ok(())
}

/// The reason that weighs most. That a pause echoes is said of every one, and says nothing of this one.
fn why(page: &Page, id: &Value) -> Option<String> {
    let verdicts = page.verdicts.as_ref().ok()?;
    let reasons = verdicts.get(judged(verdicts, id)?, "reasons").list();
    reasons.iter().find(|reason| !reason.contains("because it is paused")).map(|reason| visible(reason))
}

/// The ones that are not paused and not healthy.
pub fn write_wild(to: &mut impl Write, verdicts: &Rows, most: usize) -> io::Result<()> {
    let width = page_width();
    for row in verdicts.rows.iter().take(most) {
        classify::write_title(to, verdicts, row, true)?;
        if let Some(reason) = verdicts.get(row, "reasons").list().first() {
            writeln!(to, "{}", styled(DIM, &wrapped(&visible(reason), width, "  ")))?;
        }
        let action = verdicts.get(row, "action").text().map(visible).unwrap_or_default();
        writeln!(to, "{}", wrapped(&action, width, "  "))?;
    }
    if verdicts.rows.len() > most {
        let rest = i64::try_from(verdicts.rows.len() - most).unwrap_or(i64::MAX);
        writeln!(
            to,
            "{}",
            styled(DIM, &format!("and {} more: promoctl classify", counted(rest, "campaign")))
        )?;
    }
    Ok(())
}
