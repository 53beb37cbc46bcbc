//! What is different from the same time of earlier days.

use std::io::{self, Write};

use crate::output::Rows;
use crate::output::table::{Fit, Layout, nothing, page_width};
use crate::output::text::{counted, grouped};
use promo_guard_core::words::{percent, rate};

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let days = rows.values("periods").filter_map(|n| n.int()).max().unwrap_or(0);
    if days == 0 {
        return writeln!(to, "There is no earlier day to compare with.");
    }
    let titles = [("result", Fit::Left), ("now", Fit::Right), ("normal", Fit::Right), ("", Fit::Left)];
    let mut layout = Layout::new(page_width(), &titles);
    for row in rows.iter() {
        let (now, normal) = (row.int("attempts"), row.get("expected").number());
        if now == 0 && normal.unwrap_or(0.0) == 0.0 {
            continue;
        }
        let times = match (row.get("ratio").number(), normal) {
            (Some(ratio), _) if ratio >= 1.5 => format!("{} times normal", rate(ratio)),
            (Some(ratio), _) if ratio <= 0.67 => format!("{} of normal", percent(ratio)),
            (Some(_), _) => "normal".to_owned(),
            (None, Some(0.0)) => "normally none".to_owned(),
            _ => "unknown".to_owned(),
        };
        layout.row([
            row.shown("result").unwrap_or_else(nothing),
            grouped(now),
            normal.map_or_else(nothing, |normal| grouped(normal.round() as i64)),
            times,
        ]);
    }
    layout.write(to)?;
    writeln!(to, "normal: the median of the same time of {}.", counted(days, "earlier day"))
}
