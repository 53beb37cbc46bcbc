//! Runbook 1.3: which failures belong together, the worst first.

use std::io::{self, Write};

use crate::output::Rows;
use crate::output::chart::sparkline;
use crate::output::table::{DIM, PageWriter, page_width};
use crate::output::text::{counted, shorten};
use crate::output::time::Timestamp;

/// Characters of a sparkline.
const LINE: usize = 15;

/// Those that are more than the unrelated rest.
pub fn telling(rows: &Rows) -> Rows {
    rows.only(|row| !row.is("kind", "BACKGROUND"))
}

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows, as_of: Timestamp) -> io::Result<()> {
    for row in rows.iter() {
        let kind = row.words("kind");
        let campaign = row.shown("campaign_name").unwrap_or_else(|| row.get("campaign_id").plain());
        let line = sparkline(&row.get("series").counts(), LINE);
        let goes_on = match (row.holds("active"), row.time("last_seen")) {
            (true, _) => "ongoing".to_owned(),
            (false, Some(last)) => format!("over since {}", last.clock_near(as_of)),
            _ => "over".to_owned(),
        };
        let taken = kind.len().max(15) + LINE + goes_on.len() + 5;
        let campaign = shorten(&campaign, page_width().saturating_sub(taken));
        writeln!(to, "{}", format!("{kind:15} {line}  {goes_on}  {campaign}").trim_end())?;
        let count = |name, noun| counted(row.int(name), noun);
        let numbers = || {
            format!(
                "{} failed by {} on {}, at most {} a minute.",
                count("attempts", "attempt"),
                count("users", "user"),
                count("codes", "code"),
                row.int("peak_per_minute")
            )
        };
        to.below(DIM, &row.shown("explanation").unwrap_or_else(numbers))?;
    }
    Ok(())
}
