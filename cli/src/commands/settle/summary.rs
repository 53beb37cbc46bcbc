//! What every rule found: those with findings, those that could not run, and how many hold.

use std::io::{self, Write};

use crate::output::table::{DIM, list, page_width, styled};
use crate::output::text::{counted, grouped, visible, wrapped};
use crate::output::{Rows, Value};
use crate::session::{Argument, Call};

use super::super::window::Window;

/// The question to the server.
pub fn call(lookback: Option<&String>, window: &Window) -> Call {
    Call::new("settlement_summary")
        .with_some("lookback", "interval", lookback)
        .with("as_of", Argument::Time(window.as_of))
}

/// How many violations rules of this severity found.
pub fn violations(summary: &Rows, severity: &str) -> i64 {
    matching(summary, |row| summary.get(row, "severity").text() == Some(severity))
        .filter_map(|row| summary.get(row, "violations").int())
        .sum()
}

/// How many rules of this severity found any.
fn finders(summary: &Rows, severity: &str) -> usize {
    matching(summary, |row| summary.get(row, "severity").text() == Some(severity) && found(summary, row) > 0)
        .count()
}

/// The first sentence of the page, and whether it is bad news.
pub fn headline(summary: &Rows) -> (String, bool) {
    let (critical, warnings) = (violations(summary, "critical"), violations(summary, "warning"));
    let by = |severity: &str| {
        let rules = finders(summary, severity);
        counted(i64::try_from(rules).unwrap_or(i64::MAX), "rule")
    };
    let skipped = matching(summary, |row| is_skipped(summary, row)).count();
    let unless = match skipped {
        0 => String::new(),
        1 => " One rule could not run.".to_owned(),
        _ => format!(" {skipped} rules could not run."),
    };
    let checked: i64 = summary.values("checked").filter_map(Value::int).sum();
    let found = match (critical, warnings) {
        // Nothing in the window is no proof that settlement works.
        (0, 0) if checked == 0 => "There was nothing to check in this window.".to_owned(),
        (0, 0) => "Settlement is clean.".to_owned(),
        (0, _) => format!("Nothing critical; {} by {}.", counted(warnings, "warning"), by("warning")),
        (_, 0) => format!("{} by {}.", counted(critical, "critical violation"), by("critical")),
        _ => format!(
            "{} by {}, {} by {}.",
            counted(critical, "critical violation"),
            by("critical"),
            counted(warnings, "warning"),
            by("warning")
        ),
    };
    (found + &unless, critical > 0)
}

/// The section on the page. With `all` every rule has its line.
pub fn write(to: &mut impl Write, summary: &Rows, all: bool) -> io::Result<()> {
    let mut shown: Vec<_> =
        matching(summary, |row| !is_skipped(summary, row) && (all || found(summary, row) > 0)).collect();
    // The worst first: critical before warning, then by number. The sort keeps the server's order among equals.
    shown.sort_by_key(|row| {
        let found = found(summary, row);
        (found == 0, summary.get(row, "severity").text() != Some("critical"), -found)
    });
    if !shown.is_empty() {
        let shown = Rows { columns: summary.columns.clone(), rows: shown.into_iter().cloned().collect() };
        let same = |name| (name, name);
        list(to, &shown, &["rule", "severity", "violations", "pending", "checked"].map(same), None)?;
    }
    if !all {
        write_quiet(to, summary)?;
    }
    for row in matching(summary, |row| is_skipped(summary, row)) {
        let text = |name| visible(summary.get(row, name).text().unwrap_or_default());
        let line = format!("{} could not run: {}", text("rule"), text("skipped"));
        writeln!(to, "{}", wrapped(&line, page_width(), ""))?;
    }
    Ok(())
}

/// One line for the rules that ran and found nothing.
fn write_quiet(to: &mut impl Write, summary: &Rows) -> io::Result<()> {
    let quiet = matching(summary, |row| !is_skipped(summary, row) && found(summary, row) == 0).count();
    let pending: i64 = summary.values("pending").filter_map(Value::int).sum();
    let holds = match quiet {
        0 => return Ok(()),
        1 => "1 rule holds".to_owned(),
        _ => format!("{quiet} rules hold"),
    };
    let pending = match pending {
        0 => String::new(),
        1 => "; 1 case is pending and may still settle".to_owned(),
        _ => format!("; {} cases are pending and may still settle", grouped(pending)),
    };
    writeln!(to, "{}", styled(DIM, &format!("{holds}{pending} (each rule: --all).")))
}

fn matching<'a>(
    summary: &'a Rows,
    which: impl Fn(&Vec<Value>) -> bool + 'a,
) -> impl Iterator<Item = &'a Vec<Value>> {
    summary.rows.iter().filter(move |row| which(row))
}

fn found(summary: &Rows, row: &[Value]) -> i64 {
    summary.get(row, "violations").int().unwrap_or(0)
}

fn is_skipped(summary: &Rows, row: &[Value]) -> bool {
    *summary.get(row, "skipped") != Value::Null
}
