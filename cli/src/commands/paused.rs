//! `promoctl paused`: runbook 1.2, list newly paused campaigns.

use std::io::{self, Write};

use super::window::Window;
use crate::args::PausedArguments;
use crate::error::{Error, Status};
use crate::output::table::{self, DIM, Fit, Layout, nothing, styled};
use crate::output::text::{counted, grouped, shorten, visible};
use crate::output::time::{Timestamp, relative};
use crate::output::{Printing, Rows, answer};
use crate::session::Session;

/// Columns of a name on a page; the id is what counts, and every other format has the name in full.
const NAME_SHOWN: usize = 50;

/// Runs the command.
pub fn run(arguments: &PausedArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (window, rows) = Window::fetch(session, &arguments.window, None, |window| {
        window.call("paused_campaigns").with("max_rows", arguments.max_rows)
    })?;
    let as_of = window.as_of;
    answer(printing, &rows, |out| {
        let within = window.lookback.as_ref();
        let within = within.map_or(String::new(), |lookback| format!(" within {}", visible(lookback)));
        if rows.is_empty() {
            return writeln!(out, "No campaign was paused{within} as of {as_of}.");
        }
        write_table(out, &rows, &window)?;
        let more = if i64::from(arguments.max_rows) > rows.len() {
            ""
        } else {
            "; there may be more, see --max-rows"
        };
        writeln!(out, "\n{} paused{within} as of {as_of}{more}.", counted(rows.len(), "campaign"))?;
        write_legend(out, &rows)
    })?;
    Ok(Status::Fine)
}

/// The list for people: two lines a campaign, so that name and time have room at 80 columns.
fn write_table(to: &mut impl Write, rows: &Rows, window: &Window) -> io::Result<()> {
    let columns = [
        ("campaign", Fit::Right),
        ("paused since", Fit::Left),
        ("failed", Fit::Right),
        ("name; verdict, prefix, paused by", Fit::Wrap),
    ];
    let mut layout = Layout::new(table::page_width(), &columns);
    for row in rows.iter() {
        let name = row.shown("campaign_name").map_or_else(nothing, |name| shorten(&name, NAME_SHOWN));
        let by = row.shown("paused_by").map(|by| format!("by {by}"));
        let known = [row.shown("verdict"), row.shown("code_prefix"), by];
        let known = known.into_iter().flatten().collect::<Vec<_>>().join(", ");
        layout.row([
            row.campaign(),
            since(row.time("paused_at"), row.shown("paused_at_source"), window),
            row.get("failed_attempts").int().map_or_else(nothing, grouped),
            format!("{name}\n{}", styled(DIM, &known)),
        ]);
    }
    layout.write(to)
}

/// Since when, and how that is known.
fn since(paused_at: Option<Timestamp>, source: Option<String>, window: &Window) -> String {
    let Some(paused_at) = paused_at else { return nothing() };
    let known = [relative(paused_at, window.as_of, window.present), source];
    let known = known.into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!("{paused_at}\n{}", styled(DIM, &known))
}

/// Explains those words about the source that the list holds and that may mislead.
pub fn write_legend(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    let holds = |word| rows.values("paused_at_source").any(|source| source.text() == Some(word));
    for (word, meaning) in [
        ("evidence", "evidence: the start of the burst that set off the auto-pause."),
        ("estimated", "estimated: an upper bound, the first pause-induced failure or the last edit."),
    ] {
        if holds(word) {
            writeln!(to, "{}", styled(DIM, meaning))?;
        }
    }
    Ok(())
}
