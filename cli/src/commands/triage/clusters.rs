//! Runbook 1.3: which failures belong together, the worst first.

use std::io::{self, Write};

use crate::output::chart::sparkline;
use crate::output::table::{DIM, page_width, styled};
use crate::output::text::{counted, shorten, visible, wrapped};
use crate::output::time::Timestamp;
use crate::output::{Rows, Value};

/// Characters of a sparkline.
const LINE: usize = 15;

/// Those that are more than the unrelated rest.
pub fn telling(rows: &Rows) -> Rows {
    let telling = |row: &&Vec<Value>| rows.get(row, "kind").text() != Some("BACKGROUND");
    Rows { columns: rows.columns.clone(), rows: rows.rows.iter().filter(telling).cloned().collect() }
}

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows, as_of: Timestamp) -> io::Result<()> {
    let width = page_width();
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        let kind = get("kind").text().map(visible).unwrap_or_default();
        let campaign = get("campaign_name").text().map_or_else(|| get("campaign_id").plain(), visible);
        let line = sparkline(&counts(get("series")), LINE);
        let goes_on = match (get("active").is_true(), get("last_seen").time()) {
            (true, _) => "ongoing".to_owned(),
            (false, Some(last)) => format!("over since {}", last.clock_near(as_of)),
            _ => "over".to_owned(),
        };
        let campaign =
            shorten(&campaign, width.saturating_sub(kind.len().max(15) + LINE + goes_on.len() + 5));
        writeln!(to, "{}", format!("{kind:15} {line}  {goes_on}  {campaign}").trim_end())?;
        let count = |name, noun| counted(get(name).int().unwrap_or(0), noun);
        let numbers = format!(
            "{} failed by {} on {}, at most {} a minute.",
            count("attempts", "attempt"),
            count("users", "user"),
            count("codes", "code"),
            get("peak_per_minute").int().unwrap_or(0)
        );
        let explanation = get("explanation").text().map(visible).unwrap_or_default();
        let text = if explanation.is_empty() { numbers } else { explanation };
        writeln!(to, "{}", styled(DIM, &wrapped(&text, width, "  ")))?;
    }
    Ok(())
}

/// The counts of a series; none where there are none.
fn counts(value: &Value) -> Vec<i64> {
    match value {
        Value::Json(series) => series.as_array().into_iter().flatten().filter_map(|n| n.as_i64()).collect(),
        _ => Vec::new(),
    }
}
