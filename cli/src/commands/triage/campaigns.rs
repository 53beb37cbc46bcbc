//! Runbook 1.2 and 2: the campaigns that need attention, each with its verdict, since when, and what to do.

use std::io::{self, Write};

use super::page::Page;
use crate::commands::classify;
use crate::output::Rows;
use crate::output::Value;
use crate::output::table::{DIM, page_width, styled};
use crate::output::text::{grouped, shorten, visible, wrapped};
use crate::output::time::relative;

/// Columns of a name.
const NAME_SHOWN: usize = 30;

/// Those on the page: paused, or in need of action.
pub fn shown(page: &Page) -> Rows {
    let rows = &page.campaigns;
    let wanted = |row: &&Vec<Value>| {
        rows.get(row, "needs_action").is_true() || rows.get(row, "paused_at_source").text().is_some()
    };
    Rows { columns: rows.columns.clone(), rows: rows.rows.iter().filter(wanted).cloned().collect() }
}

/// Three or four lines each.
pub fn write(to: &mut impl Write, page: &Page, campaigns: &Rows) -> io::Result<()> {
    let width = page_width();
    for (place, row) in campaigns.rows.iter().enumerate() {
        if place > 0 {
            writeln!(to)?;
        }
        let get = |name| campaigns.get(row, name);
        let text = |name| get(name).text().map(visible);
        writeln!(to, "{}  {}", campaigns.campaign(row), classify::verdict(campaigns, row))?;
        let name = shorten(&text("campaign_name").unwrap_or_default(), NAME_SHOWN);
        let prefix = text("code_prefix").map_or(String::new(), |prefix| format!(" ({prefix}…)"));
        let state = match text("paused_at_source") {
            None => text("status").unwrap_or_default(),
            Some(source) => {
                let since = get("paused_at").time().map_or_else(
                    || "paused at an unknown time".to_owned(),
                    |at| {
                        let ago = relative(at, page.window.as_of, page.window.present).unwrap_or_default();
                        format!("paused {ago} at {}", at.clock_near(page.window.as_of))
                    },
                );
                let by = text("paused_by").map_or(String::new(), |by| format!(" by {by}"));
                format!("{since} ({source}){by}")
            }
        };
        let failed = get("failed_attempts").int().unwrap_or(0);
        let failed = match failed {
            0 => String::new(),
            n => format!("; {} failed by {} users", grouped(n), grouped(get("users").int().unwrap_or(0))),
        };
        let line = format!("{name}{prefix}: {state}{failed}.");
        writeln!(to, "{}", styled(DIM, &wrapped(&line, width, "  ")))?;
        // That a pause causes failures is said of every one, and says nothing of this one.
        let why = get("reasons").list().iter().find(|reason| !reason.contains("because it is paused"));
        if let Some(why) = why {
            writeln!(to, "{}", styled(DIM, &wrapped(&visible(why), width, "  ")))?;
        }
        if let Some(action) = text("action") {
            writeln!(to, "{}", wrapped(&action, width, "  "))?;
        }
    }
    Ok(())
}
