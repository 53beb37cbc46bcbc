//! `promoctl watch`: runbook 4.4, the minutes after an unpause. It ticks the bake itself; the bake is a row, so it goes on without
//! us, and another watch takes up where this one was left.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anstyle::Style;
use chrono::TimeDelta;

use crate::args::{CampaignArguments, Format};
use crate::error::{Error, Status};
use crate::output::chart::sparkline;
use crate::output::live::{Line, Live};
use crate::output::table::{ALERT, DIM, HEADING, PASTE, styled};
use crate::output::text::{grouped, visible, wrapped};
use crate::output::time::length;
use crate::output::{Printing, Rows, Value, stdout, write_rows};
use crate::reference::{self, Purpose};
use crate::session::{Argument, Call, Session};
use crate::signals::Signals;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two lines where there is no terminal.
const LINE: Duration = Duration::from_secs(60);
/// A server that went away is waited for so long: a restart, or a standby that takes over.
const PATIENCE: Duration = Duration::from_secs(300);
/// A picture over time has so many columns, whatever the bake's length: a minute each where it is 15 minutes.
const COLUMNS: i64 = 15;
/// The bar's length.
const BAR: usize = 40;

/// A look at the bake.
struct Look {
    rows: Rows,
    series: Rows,
    now: crate::output::time::Timestamp,
    /// Why it is not ticked from here.
    note: Option<&'static str>,
}

impl Look {
    fn get(&self, name: &str) -> &Value {
        self.rows.first().get(name)
    }

    fn text(&self, name: &str) -> String {
        self.rows.first().words(name)
    }

    fn running(&self) -> bool {
        self.get("state").text() == Some("RUNNING")
    }

    /// How long it takes, and how much of that is over.
    fn time(&self) -> (TimeDelta, TimeDelta) {
        let zero = TimeDelta::zero();
        let (Some(since), Some(until)) = (self.get("since").time(), self.get("until").time()) else {
            return (zero, zero);
        };
        let whole = since.until(until).unwrap_or(zero);
        (whole, since.until(self.now).unwrap_or(zero).clamp(zero, whole))
    }

    /// A column of the series.
    fn line(&self, name: &str) -> String {
        let values: Vec<i64> = self.series.iter().map(|row| row.int(name)).collect();
        let line = sparkline(&values, COLUMNS as usize + 1);
        format!("{name:<9} {line:<16} {}", grouped(self.series.sum(name)))
    }

    /// What came of the attempts, the most frequent first.
    fn mix(&self) -> String {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for results in self.series.values("results") {
            let Value::Json(serde_json::Value::Object(results)) = results else { continue };
            for (result, count) in results {
                *counts.entry(visible(result)).or_default() += count.as_i64().unwrap_or(0);
            }
        }
        let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| -count);
        let told = counts.iter().map(|(result, count)| format!("{result} {}", grouped(*count)));
        told.collect::<Vec<_>>().join(", ")
    }

    /// Attempts, failures and redemptions over time, and the results.
    fn pictures(&self, width: usize) -> Vec<String> {
        let mut lines: Vec<String> =
            ["attempts", "failures", "applied"].iter().map(|name| self.line(name)).collect();
        let mix = self.mix();
        if !mix.is_empty() {
            lines.extend(wrapped(&mix, width, "          ").lines().map(str::to_owned));
        }
        lines
    }
}

/// Runs the command.
pub fn run(
    arguments: &CampaignArguments,
    session: &mut Session,
    signals: &Signals,
    printing: Printing,
) -> Result<Status, Error> {
    let campaign = reference::resolve(&arguments.campaign, session, Purpose::Read)?;
    one(campaign.id, session, signals, printing)
}

/// Watches one bake.
pub fn one(id: i64, session: &mut Session, signals: &Signals, printing: Printing) -> Result<Status, Error> {
    let again = format!("{} watch {id}", session.again);
    let mut picture = Live::here();
    let mut told: Option<Instant> = None;
    let mut gone: Option<Instant> = None;
    let look = signals.during_watch(|| -> Result<Option<Look>, Error> {
        loop {
            let outcome = look(id, session);
            if signals.caught().is_some() {
                return Ok(None);
            }
            let look = match outcome {
                Err(error) if error.is_a_lost_session() => {
                    let first = gone.is_none();
                    if gone.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                        return Err(error);
                    }
                    let says =
                        "The connection is lost. The bake continues when the server is back. Trying again.";
                    match &mut picture {
                        Some(picture) => picture.draw(&text(ALERT, says))?,
                        None if first => line(says, printing)?,
                        None => {}
                    }
                    signals.sleep(PAUSE);
                    session.again_if_possible();
                    continue;
                }
                other => other?,
            };
            gone = None;
            if look.rows.is_empty() {
                return Err(Error::usage_with_hint(
                    format!("campaign {} has had no bake", id),
                    "A bake begins with promoctl unpause.",
                ));
            }
            if !look.running() {
                return Ok(Some(look));
            }
            if let Some(picture) = &mut picture {
                picture.draw(&frame(id, &look))?;
            } else if told.is_none_or(|at| at.elapsed() >= LINE) {
                if let (None, Some(note)) = (told, look.note) {
                    line(note, printing)?;
                }
                told = Some(Instant::now());
                line(&format!("{}Z  {}", look.now.form("%H:%M:%S"), look.text("detail")), printing)?;
            }
            signals.sleep(PAUSE);
            if signals.caught().is_some() {
                return Ok(None);
            }
        }
    });
    drop(picture);
    let resume = || -> io::Result<()> {
        let mut err = anstream::stderr();
        let says = "The bake continues only while promo_guard.tick() is called. To watch on:";
        writeln!(err, "{}", wrapped(says, Live::width(), ""))?;
        writeln!(err, "{}", styled(PASTE, &format!("    {again}")))
    };
    let look = match look {
        Err(error) if error.is_a_lost_session() => {
            resume()?;
            return Err(error);
        }
        other => other?,
    };
    let Some(look) = look else {
        resume()?;
        return Ok(Status::Signal(signals.caught().unwrap_or(2)));
    };
    let mut out = stdout(printing.format);
    let passed = look.get("state").text() == Some("PASSED");
    if printing.format == Format::Table {
        let style = if passed { HEADING } else { ALERT };
        writeln!(out, "{}", styled(style, &format!("{}: campaign {}", look.text("state"), id)))?;
        writeln!(out, "{}", wrapped(&look.text("detail"), Live::width(), ""))?;
        for picture in look.pictures(Live::width()) {
            writeln!(out, "{picture}")?;
        }
    } else {
        write_rows(&mut out, printing.format, &look.rows, printing.csv_raw)?;
    }
    out.flush()?;
    Ok(if passed { Status::Fine } else { Status::Findings })
}

/// Ticks, and looks. Each is a transaction of its own; a role that may not tick watches what others tick.
fn look(id: i64, session: &mut Session) -> Result<Look, Error> {
    let note = tick(session)?;
    session.read(|work| {
        let (now, _) = work.as_of(&crate::args::WindowArguments::default())?;
        let rows = work.fetch(&Call::new("bake_status").with("campaign_id", id))?;
        let mut look = Look { rows, series: Rows::default(), now, note };
        if !look.rows.is_empty() {
            let bucket = (look.time().0.num_seconds() / COLUMNS).max(1);
            look.series = work.fetch(
                &Call::new("bake_series")
                    .with("campaign_id", id)
                    .with("bucket", Argument::As("interval", format!("{bucket} s"))),
            )?;
        }
        Ok(look)
    })
}

/// Ticks; where that is not to be done from here, why.
fn tick(session: &mut Session) -> Result<Option<&'static str>, Error> {
    let outcome = session.look_after().and_then(|mut work| {
        let ticked = work.fetch_if_allowed(&Call::new("tick"))?;
        work.commit().map(|()| ticked)
    });
    match outcome {
        Ok(Some(_)) => Ok(None),
        Ok(None) => Ok(Some("This role may not tick the bake. An operator must, or it gets no verdict.")),
        // A standby, or a session that may only read: it can be followed all the same.
        Err(Error::Server(server)) if server.code().code() == "25006" => Ok(Some(
            "This server is a standby, or read-only: the bake is only followed here. It has to be ticked on the primary (promoctl watch there, or pg_cron), or it gets no verdict.",
        )),
        Err(error) => Err(error),
    }
}

/// Text in lines of one style.
fn text(style: Style, text: &str) -> Vec<Line> {
    wrapped(text, Live::width(), "").lines().map(|line| (style, line.to_owned())).collect()
}

/// The live page: progress, attempts, and the verdict so far.
fn frame(id: i64, look: &Look) -> Vec<Line> {
    let plain = Style::new();
    let (whole, gone) = look.time();
    let width = BAR.min(Live::width());
    let share = gone.num_milliseconds() as f64 / whole.num_milliseconds().max(1) as f64;
    let done = ((width as f64 * share) as usize).min(width);
    let bar = format!("{}{}", "█".repeat(done), "░".repeat(width - done));
    let title = format!("Campaign {id} bakes: {} left of {}", length(whole - gone), length(whole));
    let mut lines = vec![(HEADING, title), (plain, bar)];
    lines.extend(look.pictures(Live::width()).into_iter().map(|line| (plain, line)));
    lines.extend(text(plain, &look.text("detail")));
    if let Some(note) = look.note {
        lines.extend(text(ALERT, note));
    }
    lines.extend(text(DIM, "Ctrl-C leaves it running."));
    lines
}

/// A line at once.
fn line(text: &str, printing: Printing) -> io::Result<()> {
    crate::output::line(printing, &wrapped(text, crate::output::table::page_width(), ""))
}
