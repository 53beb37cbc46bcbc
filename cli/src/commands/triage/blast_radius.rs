//! Runbook 1.1: confirm current blast radius.

use std::io::{self, Write};

use crate::output::Rows;
use crate::output::table::{Fit, Layout, nothing, page_width};
use crate::output::text::{grouped, visible};

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let titles = [
        ("status", Fit::Left),
        ("campaigns", Fit::Right),
        ("changed", Fit::Right),
        ("attempts", Fit::Right),
        ("failed", Fit::Right),
        ("users", Fit::Right),
        ("reserved", Fit::Right),
        ("stars", Fit::Right),
    ];
    let mut layout = Layout::new(page_width(), &titles);
    for row in &rows.rows {
        let status = rows.get(row, "status").text().map_or_else(|| "unknown code".to_owned(), visible);
        let unknown = rows.get(row, "status").text().is_none();
        let numbers = rows.columns[1..].iter().map(|column| {
            // A code that no campaign has can neither be changed nor reserved.
            let applies = !unknown || column.name.contains("attempts") || column.name == "failing_users";
            rows.get(row, &column.name).int().filter(|_| applies).map_or_else(nothing, grouped)
        });
        layout.row([status].into_iter().chain(numbers));
    }
    layout.write(to)
}
