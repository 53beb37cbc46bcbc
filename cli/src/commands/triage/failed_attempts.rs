//! Runbook 1.3: inspect recent failed attempts by hash.

use std::io::{self, Write};

use crate::output::Rows;
use crate::output::table::{Fit, Layout, nothing, page_width};
use crate::output::text::visible;
use crate::output::time::Timestamp;

/// Characters of a hash that tell codes apart on a page.
const HASH_SHOWN: usize = 10;

/// The section on the page.
pub fn write(to: &mut impl Write, rows: &Rows, as_of: Timestamp) -> io::Result<()> {
    let titles = [
        ("code", Fit::Left),
        ("campaign", Fit::Right),
        ("result", Fit::Left),
        ("failed", Fit::Right),
        ("users", Fit::Right),
        ("passed", Fit::Right),
        ("last", Fit::Right),
    ];
    let mut layout = Layout::new(page_width(), &titles);
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        // Not grouped: the widest row that is likely has to fit 80 columns.
        let number = |name| get(name).int().map_or_else(nothing, |number| number.to_string());
        let hash = get("code_hash")
            .text()
            .map_or_else(nothing, |hash| visible(&hash.chars().take(HASH_SHOWN).collect::<String>()));
        let campaign = if get("campaign_id").int().is_some() {
            get("campaign_id").plain()
        } else {
            "unknown".to_owned()
        };
        let last = get("last_seen").time().map_or_else(nothing, |time| time.brief(as_of));
        layout.row([
            hash,
            campaign,
            get("result").text().map_or_else(nothing, visible),
            number("attempts"),
            number("users"),
            number("accepted"),
            last,
        ]);
    }
    layout.write(to)
}
