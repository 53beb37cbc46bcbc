//! Runbook 1.2 and 2: the campaigns that need attention, each with its verdict, since when, and what to do.

use std::io::{self, Write};

use super::page::Page;
use crate::commands::classify;
use crate::output::Rows;
use crate::output::table::{DIM, PLAIN, PageWriter};
use crate::output::text::{grouped, shorten, visible};
use crate::output::time::relative;

/// Columns of a name.
const NAME_SHOWN: usize = 30;

/// Those on the page: paused, or in need of action.
pub fn shown(page: &Page) -> Rows {
    page.campaigns.only(|row| row.holds("needs_action") || row.text("paused_at_source").is_some())
}

/// Three or four lines each.
pub fn write(to: &mut impl Write, page: &Page, campaigns: &Rows) -> io::Result<()> {
    for (place, row) in campaigns.iter().enumerate() {
        if place > 0 {
            writeln!(to)?;
        }
        writeln!(to, "{}  {}", row.campaign(), classify::verdict(&row))?;
        let name = shorten(&row.words("campaign_name"), NAME_SHOWN);
        let prefix = row.shown("code_prefix").map_or(String::new(), |prefix| format!(" ({prefix}…)"));
        let state = match row.shown("paused_at_source") {
            None => row.words("status"),
            Some(source) => {
                let since = row.time("paused_at").map_or_else(
                    || "paused at an unknown time".to_owned(),
                    |at| {
                        let ago = relative(at, page.window.as_of, page.window.present).unwrap_or_default();
                        format!("paused {ago} at {}", at.clock_near(page.window.as_of))
                    },
                );
                let by = row.shown("paused_by").map_or(String::new(), |by| format!(" by {by}"));
                format!("{since} ({source}){by}")
            }
        };
        let failed = match row.int("failed_attempts") {
            0 => String::new(),
            n => format!("; {} failed by {} users", grouped(n), grouped(row.int("users"))),
        };
        to.below(DIM, &format!("{name}{prefix}: {state}{failed}."))?;
        // That a pause causes failures is said of every one, and says nothing of this one.
        let why = row.get("reasons").list().iter().find(|reason| !reason.contains("because it is paused"));
        if let Some(why) = why {
            to.below(DIM, &visible(why))?;
        }
        if let Some(action) = row.shown("action") {
            to.below(PLAIN, &action)?;
        }
    }
    Ok(())
}
