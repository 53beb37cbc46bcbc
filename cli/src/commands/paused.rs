//! `promoctl paused`: runbook 1.2, list newly paused campaigns.

use std::io::{self, Write};

use crate::args::PausedArguments;
use crate::error::{Error, Status};
use crate::output::table::{self, DIM, Fit, Layout, nothing, styled};
use crate::output::text::{counted, grouped, shorten, visible};
use crate::output::time::{Timestamp, relative};
use crate::output::{Printing, Rows, answer};
use crate::session::{Argument, Call, Session};

/// Columns of a name on a page; the id is what counts, and every other format has the name in full.
const NAME_SHOWN: usize = 50;

/// The question to the server.
pub fn call(lookback: Option<&String>, as_of: Timestamp, max_rows: i32) -> Call {
    Call::new("paused_campaigns")
        .with_some("lookback", "interval", lookback)
        .with("as_of", Argument::Time(as_of))
        .with("max_rows", Argument::Int(max_rows))
}

/// Runs the command.
pub fn run(arguments: &PausedArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (as_of, present, rows) = session.read(|work| {
        let (as_of, present) = work.as_of(&arguments.window)?;
        let call = call(arguments.window.lookback.as_ref(), as_of, arguments.max_rows);
        Ok((as_of, present, work.fetch(&call)?))
    })?;

    answer(printing, &rows, |out| {
        let within = arguments.window.lookback.as_ref();
        let within = within.map_or(String::new(), |lookback| format!(" within {}", visible(lookback)));
        if rows.rows.is_empty() {
            writeln!(out, "No campaign was paused{within} as of {as_of}.")?;
        } else {
            write_table(out, &rows, as_of, present)?;
            let count = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
            let more = if i64::from(arguments.max_rows) > count {
                ""
            } else {
                "; there may be more, see --max-rows"
            };
            writeln!(out, "\n{} paused{within} as of {as_of}{more}.", counted(count, "campaign"))?;
            write_legend(out, &rows)?;
        }
        Ok(())
    })?;
    Ok(Status::Fine)
}

/// The list for people: two lines a campaign, so that name and time have room at 80 columns.
pub fn write_table(to: &mut impl Write, rows: &Rows, as_of: Timestamp, present: bool) -> io::Result<()> {
    let columns = [
        ("campaign", Fit::Right),
        ("paused since", Fit::Left),
        ("failed", Fit::Right),
        ("name; verdict, prefix, paused by", Fit::Wrap),
    ];
    let mut layout = Layout::new(table::page_width(), &columns);
    for row in &rows.rows {
        let get = |name| rows.get(row, name);
        let text = |name| get(name).text().map(visible);
        let name = text("campaign_name").map_or_else(nothing, |name| shorten(&name, NAME_SHOWN));
        let known = [text("verdict"), text("code_prefix"), text("paused_by").map(|by| format!("by {by}"))];
        let known = known.into_iter().flatten().collect::<Vec<_>>().join(", ");
        layout.row([
            rows.campaign(row),
            since(get("paused_at").time(), get("paused_at_source").text(), as_of, present),
            get("failed_attempts").int().map_or_else(nothing, grouped),
            format!("{name}\n{}", styled(DIM, &known)),
        ]);
    }
    layout.write(to)
}

/// Since when, and how that is known.
fn since(paused_at: Option<Timestamp>, source: Option<&str>, as_of: Timestamp, present: bool) -> String {
    let Some(paused_at) = paused_at else { return nothing() };
    let known = [relative(paused_at, as_of, present), source.map(visible)];
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
