//! `promoctl watch`: runbook 4.4, the minutes after an unpause. It ticks the bake itself; the bake is a row, so it goes on without
//! us, and another watch takes up where this one was left.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use super::Printing;
use crate::args::{Format, WatchArguments};
use crate::error::{Error, Status};
use crate::output::chart::sparkline;
use crate::output::table::{ALERT, HEADING, PASTE, page_width, styled};
use crate::output::text::{visible, wrapped};
use crate::output::time::length;
use crate::output::{Column, Kind, Rows, Value, column, stdout, write_rows};
use crate::session::{Argument, Call, Session};
use crate::signals::Signals;

const STATUS: &[Column] = &[
    column("campaign_id", Kind::Id),
    column("state", Kind::Text),
    column("since", Kind::Time),
    column("until", Kind::Time),
    column("attempts", Kind::Int),
    column("failures", Kind::Int),
    column("users", Kind::Int),
    column("failing_users", Kind::Int),
    column("applied", Kind::Int),
    column("repaused_at", Kind::Time),
    column("detail", Kind::Text),
];

const SERIES: &[Column] =
    &[column("attempts", Kind::Int), column("failures", Kind::Int), column("applied", Kind::Int)];

const TICK: &[Column] = &[column("campaign_id", Kind::Id), column("state", Kind::Text)];

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(60);

/// A look at the bake.
struct Look {
    rows: Rows,
    series: Rows,
    now: crate::output::time::Timestamp,
}

impl Look {
    fn get(&self, name: &str) -> &Value {
        self.rows.rows.first().map_or(&Value::Null, |row| self.rows.get(row, name))
    }

    fn text(&self, name: &str) -> String {
        self.get(name).text().map(visible).unwrap_or_default()
    }

    fn running(&self) -> bool {
        self.get("state").text() == Some("RUNNING")
    }

    /// A column of the series.
    fn line(&self, name: &str) -> String {
        let values: Vec<i64> = self.series.values(name).map(|v| v.int().unwrap_or(0)).collect();
        let sum: i64 = values.iter().sum();
        format!("{name:<9} {:<30} {sum}", sparkline(&values, 30))
    }
}

/// Runs the command.
pub fn run(
    arguments: &WatchArguments,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Status, Error> {
    let again = format!("{} watch {}", session.again, arguments.id);
    let bar = io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{bar:40} {msg}");
        let bar = ProgressBar::new(1).with_finish(ProgressFinish::AndClear);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    });
    let mut told: Option<Instant> = None;
    let look = signals.during_watch(|| -> Result<Option<Look>, Error> {
        loop {
            let look = match look(arguments.id, session) {
                Err(Error::Interrupted(_)) => return Ok(None),
                other => other?,
            };
            if look.rows.rows.is_empty() {
                return Err(Error::usage_with_hint(
                    format!("campaign {} has had no bake", arguments.id),
                    "A bake begins with promoctl unpause.",
                ));
            }
            if !look.running() {
                return Ok(Some(look));
            }
            if let Some(bar) = &bar {
                show(bar, &look);
            } else if told.is_none_or(|at| at.elapsed() >= LINE) {
                told = Some(Instant::now());
                line(&format!("{}Z  {}", look.now.clock(), look.text("detail")), printing)?;
            }
            signals.sleep(PAUSE);
            if signals.caught().is_some() {
                return Ok(None);
            }
        }
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let Some(look) = look else {
        let mut err = anstream::stderr();
        writeln!(
            err,
            "The bake goes on, but only for as long as somebody ticks it (promo_guard.tick()). To watch on:"
        )?;
        writeln!(err, "{}", styled(PASTE, &format!("    {again}")))?;
        return Ok(Status::Signal(signals.caught().unwrap_or(2)));
    };
    let mut out = stdout(printing.format);
    let passed = look.get("state").text() == Some("PASSED");
    if printing.format == Format::Table {
        let style = if passed { HEADING } else { ALERT };
        writeln!(out, "{}", styled(style, &format!("{}: campaign {}", look.text("state"), arguments.id)))?;
        writeln!(out, "{}", wrapped(&look.text("detail"), page_width(), ""))?;
        for name in ["attempts", "failures", "applied"] {
            writeln!(out, "{}", look.line(name))?;
        }
    } else {
        write_rows(&mut out, printing.format, &look.rows, printing.terminal)?;
    }
    out.flush()?;
    Ok(if passed { Status::Fine } else { Status::Findings })
}

/// Ticks, and looks. Each is a transaction of its own; whoever may not tick watches what others tick.
fn look(id: i64, session: &mut Session) -> Result<Look, Error> {
    let mut work = session.change()?;
    work.fetch_if_allowed(&Call::new("tick", TICK))?;
    work.commit()?;
    let mut work = session.read()?;
    let (now, _) = work.as_of(&crate::args::WindowArguments::default())?;
    let rows = work.fetch(&Call::new("bake_status", STATUS).with("campaign_id", Argument::Id(id)))?;
    let series = if rows.rows.is_empty() {
        Rows::default()
    } else {
        work.fetch(&Call::new("bake_series", SERIES).with("campaign_id", Argument::Id(id)))?
    };
    Ok(Look { rows, series, now })
}

/// The live picture: how far it is, what comes in, and what is to be said so far.
fn show(bar: &ProgressBar, look: &Look) {
    let (Some(since), Some(until)) = (look.get("since").time(), look.get("until").time()) else { return };
    let whole = since.until(until).unwrap_or(TimeDelta::zero());
    let gone = since.until(look.now).unwrap_or(TimeDelta::zero()).min(whole);
    bar.set_length(whole.num_seconds().max(1).unsigned_abs());
    bar.set_position(gone.num_seconds().max(0).unsigned_abs());
    let lines = ["attempts", "failures", "applied"].map(|name| look.line(name)).join("\n");
    bar.set_message(format!(
        "{} left\n{lines}\n{}",
        length(whole - gone),
        wrapped(&look.text("detail"), page_width(), "")
    ));
}

/// A line at once: on a page it is part of it, else it goes beside the data.
fn line(text: &str, printing: Printing) -> io::Result<()> {
    let text = wrapped(text, page_width(), "");
    if printing.format == Format::Table {
        let mut out = anstream::stdout();
        writeln!(out, "{text}").and_then(|()| out.flush())
    } else {
        writeln!(anstream::stderr(), "{text}")
    }
}
