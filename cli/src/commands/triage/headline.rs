//! The first sentence of the page: is there an incident, and how big.

use super::{Page, Section, campaigns};
use crate::output::text::{counted, grouped};
use crate::output::{Rows, Value};

/// The sentence, and whether it is bad news.
pub struct Headline {
    /// What to say.
    pub text: String,
    /// Something was paused within the lookback, or the guard's own trace shows in the failures.
    pub alarming: bool,
}

/// The rows of a section; none where it could not be had.
pub fn rows(section: &Section) -> &Rows {
    const NONE: &Rows = &Rows { columns: Vec::new(), rows: Vec::new() };
    section.as_ref().unwrap_or(NONE)
}

/// How many campaigns are paused, whatever the list holds.
pub fn paused_total(page: &Page) -> i64 {
    let radius = rows(&page.blast_radius);
    let row = radius.rows.iter().find(|row| radius.get(row, "status").text() == Some("PAUSED"));
    let listed = i64::try_from(rows(&page.paused).rows.len()).unwrap_or(i64::MAX);
    row.and_then(|row| radius.get(row, "campaigns").int()).map_or(listed, |counted| counted.max(listed))
}

/// Campaigns of the list that were paused within the lookback.
pub fn newly_paused(page: &Page) -> i64 {
    let Some(since) = page.window.since else { return 0 };
    // A page of the past lists what was paused later too: statuses are today's.
    let within = since..=page.window.as_of;
    let new = rows(&page.paused)
        .values("paused_at")
        .filter_map(Value::time)
        .filter(|time| within.contains(time))
        .count();
    i64::try_from(new).unwrap_or(i64::MAX)
}

/// Puts the page into words.
pub fn sentence(page: &Page) -> Headline {
    let (paused, new) = (paused_total(page), newly_paused(page));
    let radius = rows(&page.blast_radius);
    let failed: i64 = radius.values("failed_attempts").filter_map(|value| value.int()).sum();
    let unknown: i64 = radius
        .rows
        .iter()
        .filter(|row| radius.get(row, "status").text().is_none())
        .filter_map(|row| radius.get(row, "failed_attempts").int())
        .sum();
    let attempts: i64 = radius.values("attempts").filter_map(|value| value.int()).sum();

    let paused = match (paused, new) {
        (0, _) => "No campaign is paused.".to_owned(),
        (1, 1) => "1 campaign is paused, within the lookback.".to_owned(),
        (1, _) => "1 campaign is paused, since before the lookback.".to_owned(),
        (_, 0) => format!("{} are paused, none within the lookback.", counted(paused, "campaign")),
        _ => format!(
            "{} are paused, {} of them within the lookback.",
            counted(paused, "campaign"),
            grouped(new)
        ),
    };
    let failures = match (attempts, failed) {
        // Silence is no proof of calm: the ingestion may be dead.
        (0, _) => " No attempt at all was recorded: is that usual at this hour?".to_owned(),
        (_, 0) => format!(" None of {} failed.", counted(attempts, "attempt")),
        _ => {
            let percent = failed.saturating_mul(100) / attempts.max(1);
            format!(
                " {} of {} failed ({percent} %), {} on unknown codes.",
                grouped(failed),
                counted(attempts, "attempt"),
                grouped(unknown)
            )
        }
    };
    let verdicts = page.verdicts.as_ref().ok().and_then(campaigns::sentence);
    let verdicts = verdicts.map_or(String::new(), |said| format!(" {said}"));
    let wild = page.verdicts.as_ref().is_ok_and(|v| !campaigns::running_wild(v).rows.is_empty());
    Headline { text: paused + &failures + &verdicts, alarming: new > 0 || wild }
}
