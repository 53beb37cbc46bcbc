//! `promoctl drift`: runbook 5.3, confirm no reconciliation drift for a recent window.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::window::Window;
use crate::args::DriftArguments;
use crate::error::{Error, Status};
use crate::output::chart::{bar, sparkline};
use crate::output::table::{ALERT, DIM, Fit, HEADING, Layout, PageWriter, nothing, page_width, styled};
use crate::output::text::{counted, grouped, number};
use crate::output::{Printing, Row, Rows, Value};
use crate::session::Session;

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
    let (window, rows) = Window::fetch(session, &arguments.window, Some("settle_lookback"), |window| {
        window.call("reconciliation_drift").with_some("bucket", "interval", arguments.bucket.as_ref())
    })?;
    window.answer(printing, ("drift", "Reconciliation drift"), &rows, |out| {
        write_page(out, &window, &rows, &session.database)
    })?;
    Ok(if findings(&rows) { Status::Findings } else { Status::Fine })
}

/// Whether any bucket has something missing or surplus, or stars apart. Buckets are looked at one by one: two that differ in
/// opposite directions are two findings, not none.
fn findings(rows: &Rows) -> bool {
    let apart = ["missing", "surplus", "abs_drift_stars", "ledger_drift_stars"];
    rows.iter().any(|row| apart.iter().any(|name| row.int(name) != 0))
}

/// Whether a column holds anything at all.
fn known(rows: &Rows, name: &str) -> bool {
    rows.values(name).any(|value| *value != Value::Null)
}

/// The page for people.
fn write_page(out: &mut impl Write, window: &Window, rows: &Rows, database: &str) -> io::Result<()> {
    window.write_heading(out, "Reconciliation", database)?;
    writeln!(out)?;
    out.say(if findings(rows) { ALERT } else { HEADING }, &headline(rows))?;
    if rows.is_empty() {
        return Ok(());
    }

    out.title("Redemptions applied and discounts settled")?;
    // One bar is as long as all that it is made of, and the longest takes the whole width.
    let parts = |row: &Row<'_>| ["settled", "missing", "surplus"].map(|name| row.int(name).max(0));
    let length = |row: Row<'_>| parts(&row).into_iter().fold(0, i64::saturating_add);
    let scale = rows.iter().map(length).max().unwrap_or(0);
    let drawn = |row: &Row<'_>| {
        let cells = [SETTLED, MISSING, SURPLUS].into_iter().zip(bar(&parts(row), scale, BAR));
        cells.map(|((character, style), n)| styled(style, &character.to_string().repeat(n))).collect()
    };
    let discounts = ["applied", "settled", "missing", "surplus", "drift_stars", "abs_drift_stars"];
    let titles = ["applied", "settled", "missing", "surplus", "drift", "abs drift"];
    write_buckets(out, rows, window, discounts, titles, Some(&drawn))?;
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

    if known(rows, "ledger_credits") || known(rows, "ledger_drift_stars") {
        out.title("Purchases and the ledger")?;
        let names = ["paid_purchases", "ledger_credits", "ledger_drift_stars"];
        write_buckets(out, rows, window, names, ["paid", "credits", "ledger drift"], None)
    } else {
        let paid = number(rows.sum("paid_purchases"), "paid purchase was", "paid purchases were");
        writeln!(out)?;
        out.say(DIM, &format!("No ledger is bound: {paid} not compared with one."))
    }
}

/// The first sentence of the page.
fn headline(rows: &Rows) -> String {
    let sum = |name| rows.sum(name);
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
    let ledger = rows.iter().any(|row| row.int("ledger_drift_stars") != 0);
    discounts + if ledger { " The ledger differs from the purchases." } else { "" }
}

/// A row a bucket: numbers, and what is drawn of them; then their sums.
fn write_buckets<const N: usize>(
    out: &mut impl Write,
    rows: &Rows,
    window: &Window,
    names: [&str; N],
    titles: [&str; N],
    drawn: Option<&dyn Fn(&Row<'_>) -> String>,
) -> io::Result<()> {
    let mut columns = vec![("start", Fit::Right)];
    columns.extend(titles.map(|title| (title, Fit::Right)));
    columns.extend(drawn.map(|_| ("", Fit::Left)));
    let mut layout = Layout::new(page_width(), &columns);
    for row in rows.iter() {
        let numbers = names.map(|name| row.get(name).int().map_or_else(nothing, |n| cell(name, n)));
        layout.row(
            [start(rows, &row, window)].into_iter().chain(numbers).chain(drawn.map(|drawn| drawn(&row))),
        );
    }
    let sum = |name| if known(rows, name) { styled(HEADING, &cell(name, rows.sum(name))) } else { nothing() };
    layout.row([styled(HEADING, "total")].into_iter().chain(names.map(sum)));
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

/// When a bucket begins: the time alone, where the whole window lies within a day.
fn start(rows: &Rows, row: &Row<'_>, window: &Window) -> String {
    let Some(start) = row.time("bucket_start") else { return nothing() };
    let first = rows.first().time("bucket_start").unwrap_or(start);
    start.form(if first.within_a_day(window.as_of) { "%H:%M:%S" } else { "%m-%d %H:%M" })
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
    use crate::commands::window::tests::window;
    use crate::output::tests::{page, rows};

    fn written(lines: &[&[&str]]) -> String {
        let window = window("2026-11-23T20:15:00Z", "15 min", "2026-11-23T20:00:00Z");
        page(|out| write_page(out, &window, &rows(COLUMNS, lines), "shop"))
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
