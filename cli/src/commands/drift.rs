//! `promoctl drift`: runbook 5.3, confirm no reconciliation drift for a recent window.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::settle::default_lookback;
use super::window::Window;
use crate::args::{DriftArguments, Format};
use crate::error::{Error, Status};
use crate::output::chart::{bar, sparkline};
use crate::output::table::{ALERT, DIM, Fit, HEADING, Layout, nothing, page_width, styled};
use crate::output::text::{counted, grouped, number, visible, wrapped};
use crate::output::time::Timestamp;
use crate::output::{Part, Printing, Rows, Value, stdout, write_parts, write_rows};
use crate::session::{Argument, Call, Session};

/// Characters of a bar.
const BAR: usize = 12;
/// Characters of a line over the whole window, beside its name and its peak.
const LINE: usize = 48;

/// What a bar is made of: each part of it, its character, and how it looks.
const SETTLED: (char, Style) = ('█', Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))));
const MISSING: (char, Style) = ('░', Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))));
const SURPLUS: (char, Style) = ('▚', Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))));

/// Runs the command.
pub fn run(arguments: &DriftArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (window, rows) = session.read(|work| {
        let default = default_lookback(work)?;
        let window = Window::read(work, &arguments.window, default)?;
        let call = Call::new("reconciliation_drift")
            .with_some("lookback", "interval", arguments.window.lookback.as_ref())
            .with("as_of", Argument::Time(window.as_of))
            .with_some("bucket", "interval", arguments.bucket.as_ref());
        Ok((window, work.fetch(&call)?))
    })?;

    let mut out = stdout(printing.format);
    match printing.format {
        Format::Table => write_page(&mut out, &window, &rows, &session.database)?,
        Format::Markdown => {
            let parts = [
                Part::Fact("as_of", window.end()),
                Part::Fact("lookback", window.length()),
                Part::Table("drift", "Reconciliation drift", &rows),
            ];
            write_parts(&mut out, printing.format, &parts)?;
        }
        Format::Json | Format::Csv => write_rows(&mut out, printing.format, &rows, printing.csv_raw)?,
    }
    out.flush()?;
    Ok(if findings(&rows) { Status::Findings } else { Status::Fine })
}

/// The sum of a column; None where every value is null.
fn total(rows: &Rows, name: &str) -> Option<i64> {
    rows.values(name).filter_map(Value::int).reduce(i64::saturating_add)
}

/// Whether any bucket has something missing or surplus, or stars apart. Buckets are looked at one by one: two that differ in
/// opposite directions are two findings, not none.
fn findings(rows: &Rows) -> bool {
    ["missing", "surplus", "abs_drift_stars", "ledger_drift_stars"]
        .iter()
        .any(|name| rows.values(name).filter_map(Value::int).any(|number| number != 0))
}

/// The page for people.
fn write_page(out: &mut impl Write, window: &Window, rows: &Rows, database: &str) -> io::Result<()> {
    let width = page_width();
    writeln!(out, "{}", styled(HEADING, &format!("Reconciliation: database {}", visible(database))))?;
    writeln!(out, "{}", styled(DIM, &wrapped(&window.sentence(), width, "")))?;
    let style = if findings(rows) { ALERT } else { HEADING };
    writeln!(out, "\n{}", styled(style, &wrapped(&headline(rows), width, "")))?;
    if rows.rows.is_empty() {
        return Ok(());
    }

    writeln!(out, "\n{}", styled(HEADING, "Redemptions applied and discounts settled"))?;
    write_discounts(out, rows, window)?;
    let part = |(character, style): (char, Style), name: &str| {
        format!("{} {name}", styled(style, &character.to_string()))
    };
    writeln!(
        out,
        "{}  {}  {}",
        part(SETTLED, "settled"),
        part(MISSING, "missing: less than due"),
        part(SURPLUS, "surplus: more than due")
    )?;
    write_lines(out, rows)?;

    let paid = total(rows, "paid_purchases").unwrap_or(0);
    if total(rows, "ledger_credits").is_some() || total(rows, "ledger_drift_stars").is_some() {
        writeln!(out, "\n{}", styled(HEADING, "Purchases and the ledger"))?;
        write_ledger(out, rows, window)
    } else {
        let line = format!(
            "No ledger is bound: {} not compared with one.",
            number(paid, "paid purchase was", "paid purchases were")
        );
        writeln!(out, "\n{}", styled(DIM, &wrapped(&line, width, "")))
    }
}

/// The first sentence of the page.
fn headline(rows: &Rows) -> String {
    let sum = |name| total(rows, name).unwrap_or(0);
    let (applied, settled) = (sum("applied"), sum("settled"));
    let (missing, surplus, apart) = (sum("missing"), sum("surplus"), sum("abs_drift_stars"));
    let discounts = match (missing, surplus, apart) {
        (0, 0, 0) if applied == 0 && settled == 0 => {
            "No redemption was applied and no discount settled in this window.".to_owned()
        }
        (0, 0, 0) => {
            format!("No drift: {} applied, {} settled.", counted(applied, "redemption"), grouped(settled))
        }
        _ => format!(
            "{} missing, {} surplus; {} apart, {} in sum.",
            counted(missing, "discount"),
            grouped(surplus),
            counted(apart, "star"),
            signed(sum("drift_stars"))
        ),
    };
    let ledger = rows.values("ledger_drift_stars").filter_map(Value::int).any(|number| number != 0);
    discounts + if ledger { " The ledger differs from the purchases." } else { "" }
}

/// A row a bucket: numbers, and a bar of them.
fn write_discounts(out: &mut impl Write, rows: &Rows, window: &Window) -> io::Result<()> {
    let names = ["applied", "settled", "missing", "surplus", "drift_stars", "abs_drift_stars"];
    let mut titles = vec![("start", Fit::Right)];
    titles
        .extend(["applied", "settled", "missing", "surplus", "drift", "abs drift"].map(|t| (t, Fit::Right)));
    titles.push(("", Fit::Left));
    let mut layout = Layout::new(page_width(), &titles);
    // One bar is as long as all that it is made of, and the longest takes the whole width.
    let parts_of = |row: &[Value]| {
        ["settled", "missing", "surplus"].map(|name| rows.get(row, name).int().unwrap_or(0).max(0))
    };
    let length = |row: &Vec<Value>| parts_of(row).iter().copied().fold(0, i64::saturating_add);
    let scale = rows.rows.iter().map(length).max().unwrap_or(0);
    for row in &rows.rows {
        let cells = bar(&parts_of(row), scale, BAR);
        let drawn: String = [SETTLED, MISSING, SURPLUS]
            .into_iter()
            .zip(cells)
            .filter(|(_, cells)| *cells > 0)
            .map(|((character, style), cells)| styled(style, &character.to_string().repeat(cells)))
            .collect();
        let numbers = names.map(|name| rows.get(row, name).int().map_or_else(nothing, |n| cell(name, n)));
        layout.row([start(rows, row, window)].into_iter().chain(numbers).chain([drawn]));
    }
    let totals =
        names.map(|name| total(rows, name).map_or_else(nothing, |n| styled(HEADING, &cell(name, n))));
    layout.row([styled(HEADING, "total")].into_iter().chain(totals));
    layout.write(out)
}

/// Lines over the whole window: where in it the trouble lies.
fn write_lines(out: &mut impl Write, rows: &Rows) -> io::Result<()> {
    for (name, title) in [
        ("applied", "applied"),
        ("missing", "missing"),
        ("surplus", "surplus"),
        ("abs_drift_stars", "abs drift"),
    ] {
        let values: Vec<i64> = rows.values(name).map(|value| value.int().unwrap_or(0)).collect();
        let peak = values.iter().copied().max().unwrap_or(0);
        if peak > 0 {
            let peak = styled(DIM, &format!("peak {}", grouped(peak)));
            writeln!(out, "{title:>9}  {}  {peak}", sparkline(&values, LINE))?;
        }
    }
    Ok(())
}

/// A row a bucket for payments.
fn write_ledger(out: &mut impl Write, rows: &Rows, window: &Window) -> io::Result<()> {
    let names = ["paid_purchases", "ledger_credits", "ledger_drift_stars"];
    let titles =
        [("start", Fit::Right), ("paid", Fit::Right), ("credits", Fit::Right), ("ledger drift", Fit::Right)];
    let mut layout = Layout::new(page_width(), &titles);
    for row in &rows.rows {
        let numbers = names.map(|name| rows.get(row, name).int().map_or_else(nothing, |n| cell(name, n)));
        layout.row([start(rows, row, window)].into_iter().chain(numbers));
    }
    let totals =
        names.map(|name| total(rows, name).map_or_else(nothing, |n| styled(HEADING, &cell(name, n))));
    layout.row([styled(HEADING, "total")].into_iter().chain(totals));
    layout.write(out)
}

/// When a bucket begins: the time alone, where the whole window lies within a day.
fn start(rows: &Rows, row: &[Value], window: &Window) -> String {
    let Some(start) = rows.get(row, "bucket_start").time() else { return nothing() };
    let first = rows.values("bucket_start").find_map(Value::time).unwrap_or(start);
    let within_a_day =
        |from: Timestamp| from.until(window.as_of).is_some_and(|length| length.num_hours() < 24);
    if within_a_day(first) { start.brief(window.as_of) } else { start.minute() }
}

/// A number as its column shows it: a sum of differences with its sign, everything else without. What should not be there
/// stands out.
fn cell(name: &str, number: i64) -> String {
    let text =
        if matches!(name, "drift_stars" | "ledger_drift_stars") { signed(number) } else { grouped(number) };
    let suspicious = !matches!(name, "applied" | "settled" | "paid_purchases" | "ledger_credits");
    match (suspicious, number) {
        (true, 0) => styled(DIM, &text),
        (true, _) => styled(ALERT, &text),
        (false, _) => text,
    }
}

/// A difference: `+5`, `-5`, `0`.
fn signed(number: i64) -> String {
    if number > 0 { format!("+{}", grouped(number)) } else { grouped(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "bucket_start:time applied:int settled:int missing:int surplus:int drift_stars:int abs_drift_stars:int paid_purchases:int ledger_credits:int ledger_drift_stars:int";
    use crate::output::tests::rows;
    use crate::output::time::tests::at;
    use unicode_width::UnicodeWidthStr;

    fn written(lines: &[&[&str]]) -> String {
        let window = Window {
            as_of: at("2026-11-23T20:15:00Z"),
            present: true,
            lookback: Some("15 min".to_owned()),
            since: Some(at("2026-11-23T20:00:00Z")),
        };
        let mut out = Vec::new();
        let mut plain = anstream::StripStream::new(&mut out);
        write_page(&mut plain, &window, &rows(COLUMNS, lines), "shop").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.width() <= 80 && line == line.trim_end()), "{text}");
        text
    }

    #[test]
    fn differences_that_cancel_are_seen() {
        let lines: &[&[&str]] = &[
            &["2026-11-23T20:00:00Z", "1200", "1199", "1", "0", "-40", "40", "1500", "1500", "0"],
            &["2026-11-23T20:05:00Z", "600", "600", "0", "0", "0", "0", "700", "700", "0"],
            &["2026-11-23T20:10:00Z", "0", "0", "0", "1", "40", "40", "1", "0", "-60"],
        ];
        assert_eq!(
            written(lines),
            "\
Reconciliation: database shop
As of 2026-11-23 20:15:00Z, looking back 15 min to 2026-11-23 20:00:00Z.

1 discount missing, 1 surplus; 80 stars apart, 0 in sum. The ledger differs from
the purchases.

Redemptions applied and discounts settled
   start  applied  settled  missing  surplus  drift  abs drift
────────────────────────────────────────────────────────────────────────────
20:00:00    1,200    1,199        1        0    -40         40  ███████████░
20:05:00      600      600        0        0      0          0  ██████
20:10:00        0        0        0        1    +40         40  ▚
   total    1,800    1,799        1        1      0         80
█ settled  ░ missing: less than due  ▚ surplus: more than due
  applied  █▄·  peak 1,200
  missing  █··  peak 1
  surplus  ··█  peak 1
abs drift  █·█  peak 40

Purchases and the ledger
   start   paid  credits  ledger drift
──────────────────────────────────────
20:00:00  1,500    1,500             0
20:05:00    700      700             0
20:10:00      1        0           -60
   total  2,201    2,200           -60
"
        );
    }

    #[test]
    fn what_counts_as_a_finding() {
        let quiet = ["2026-11-23T20:00:00Z", "5", "5", "0", "0", "0", "0", "9", "", ""];
        let with = |column: usize, number| {
            let mut line = quiet;
            line[column] = number;
            findings(&rows(COLUMNS, &[&line]))
        };
        assert!(!with(1, "6"), "what is pending is applied and not settled yet");
        for (column, number) in [(3, "1"), (4, "1"), (6, "5"), (9, "-5")] {
            assert!(with(column, number), "{}", COLUMNS.split(' ').nth(column).unwrap());
        }
        assert!(
            written(&[&quiet]).contains("No ledger is bound: 9 paid purchases were not compared with one.")
        );
        assert!(written(&[&quiet]).contains("No drift: 5 redemptions applied, 5 settled."));
    }
}
