//! What is different from the same time of earlier days.

use std::io::{self, Write};

use crate::output::Rows;
use crate::output::table::{Fit, Layout, nothing, page_width};
use crate::output::text::{grouped, visible};

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let days = rows.values("periods").filter_map(|n| n.int()).max().unwrap_or(0);
    if days == 0 {
        return writeln!(to, "There is no earlier day to compare with.");
    }
    let titles = [("result", Fit::Left), ("now", Fit::Right), ("usual", Fit::Right), ("", Fit::Left)];
    let mut layout = Layout::new(page_width(), &titles);
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        let (now, usual) = (get("attempts").int().unwrap_or(0), get("expected").number());
        if now == 0 && usual.unwrap_or(0.0) == 0.0 {
            continue;
        }
        let times = match (get("ratio").number(), usual) {
            (Some(ratio), _) if ratio >= 1.5 => format!("{} times the usual", tenth(ratio)),
            (Some(ratio), _) if ratio <= 0.67 => format!("{:.0} % of the usual", ratio * 100.0),
            (Some(_), _) => "as usual".to_owned(),
            (None, Some(0.0)) => "usually none".to_owned(),
            _ => "not known".to_owned(),
        };
        layout.row([
            get("result").text().map_or_else(nothing, visible),
            grouped(now),
            usual.map_or_else(nothing, |usual| grouped(usual.round() as i64)),
            times,
        ]);
    }
    layout.write(to)?;
    let days = if days == 1 { "1 earlier day".to_owned() } else { format!("{days} earlier days") };
    writeln!(to, "usual: the median of the same time of {days}.")
}

fn tenth(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}") } else { format!("{ratio:.1}") }
}
