//! Figures: how they are taken, shown and kept.

use postgres::Client;
use promo_guard_tests::{repo, table};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;
use std::{env, fs};

/// Runs of which the median is taken.
pub const RUNS: usize = 5;

/// A figure that is a ratio: what is measured, against what, and how good it must be.
#[derive(Clone, Copy)]
pub struct Figure {
    pub what: &'static str,
    pub against: &'static str,
    pub ours: f64,
    pub theirs: f64,
    pub must: Option<f64>,
    pub aim: Option<f64>,
}

/// A figure that stands alone: milliseconds, megabytes, a count, a score.
#[derive(Clone, Copy)]
pub struct Amount {
    pub what: &'static str,
    /// Of what, under which circumstances.
    pub of: &'static str,
    pub value: f64,
    /// As it is shown behind the number: "ms", "MB", "%" or nothing.
    pub unit: &'static str,
    pub must: Option<Limit>,
    pub aim: Option<Limit>,
}

/// How good an amount must be.
#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }

    fn show(self) -> String {
        match self {
            Self::AtMost(limit) => format!("<= {limit}"),
            Self::AtLeast(limit) => format!(">= {limit}"),
        }
    }
}

/// A line of the table: a room that has figures of both kinds keeps these.
#[derive(Clone, Copy)]
pub enum Row {
    Ratio(Figure),
    Amount(Amount),
}

impl From<Figure> for Row {
    fn from(figure: Figure) -> Self {
        Self::Ratio(figure)
    }
}

impl From<Amount> for Row {
    fn from(amount: Amount) -> Self {
        Self::Amount(amount)
    }
}

/// The median seconds of each statement, taken in turns so that a busy moment of the machine touches all of them.
pub fn medians<const N: usize>(db: &mut Client, statements: [&str; N]) -> [f64; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..RUNS {
        for (sql, times) in statements.iter().zip(&mut times) {
            let began = Instant::now();
            table(db, sql);
            times.push(began.elapsed().as_secs_f64());
        }
    }
    times.map(median)
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Every row shown so far.
static SHOWN: Mutex<Vec<Row>> = Mutex::new(Vec::new());

/// All rows of this run again, as one table.
pub fn show_all() {
    let rows = std::mem::take(&mut *SHOWN.lock().expect("one thread"));
    println!("\nAll figures of this run:");
    show(&rows);
}

/// A table of rows.
pub fn show<R: Copy + Into<Row>>(rows: &[R]) {
    SHOWN.lock().expect("one thread").extend(rows.iter().map(|row| (*row).into()));
    println!(
        "{:34} {:36} {:>9} {:>9} {:>7} {:>8} {:>8}",
        "figure", "against", "ours", "theirs", "ratio", "must", "aim"
    );
    for row in rows {
        println!("{}", line(&(*row).into()));
    }
}

impl Row {
    /// Whether it is as good as it must be.
    fn met(&self) -> bool {
        match self {
            Self::Ratio(f) => f.must.is_none_or(|must| f.ours / f.theirs <= must),
            Self::Amount(a) => a.must.is_none_or(|must| must.met(a.value)),
        }
    }
}

fn line(row: &Row) -> String {
    let (what, against, [ours, theirs, ratio], must, aim) = match row {
        Row::Ratio(f) => {
            let ratio = f.ours / f.theirs;
            let ms = |seconds: f64| format!("{} ms", digits(seconds * 1e3));
            let cells = [ms(f.ours), ms(f.theirs), format!("{ratio:.2}")];
            let (must, aim) = (f.must.map(Limit::AtMost), f.aim.map(Limit::AtMost));
            (f.what, f.against, cells, must, aim)
        }
        Row::Amount(a) => {
            let value = format!("{} {}", digits(a.value), a.unit).trim_end().to_owned();
            let cells = [value, String::new(), String::new()];
            (a.what, a.of, cells, a.must, a.aim)
        }
    };
    let limit = |limit: Option<Limit>| limit.map_or("printed".to_owned(), Limit::show);
    format!(
        "{what:34} {against:36} {ours:>9} {theirs:>9} {ratio:>7} {:>8} {:>8}{}",
        limit(must),
        limit(aim),
        if row.met() { "" } else { "  missed" }
    )
}

/// A number with three digits that mean something, and no more behind the point than that takes.
fn digits(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 100.0 || v == v.trunc() => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

/// The same as JSON, for whoever compares releases.
pub fn write<R: Copy + Into<Row>>(name: &str, rows: &[R]) {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo().join("target"), PathBuf::from).join("bench");
    let rows: Vec<_> = rows.iter().map(|row| json(&(*row).into())).collect();
    let path = target.join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&rows).expect("JSON");
    fs::create_dir_all(&target).and_then(|()| fs::write(&path, text)).expect("target/bench");
    println!("{}", path.display());
}

fn json(row: &Row) -> Value {
    let limit = |limit: Option<Limit>| match limit {
        Some(Limit::AtMost(limit)) => json!({ "at_most": limit }),
        Some(Limit::AtLeast(limit)) => json!({ "at_least": limit }),
        None => Value::Null,
    };
    match row {
        Row::Ratio(f) => json!({
            "figure": f.what, "against": f.against, "seconds": f.ours, "against_seconds": f.theirs,
            "ratio": f.ours / f.theirs, "must": f.must, "aim": f.aim
        }),
        Row::Amount(a) => json!({
            "figure": a.what, "of": a.of, "value": a.value, "unit": a.unit, "must": limit(a.must), "aim": limit(a.aim)
        }),
    }
}
