//! The geometry of the report's charts, from its numbers. Across, everything is in per cent, so that a chart is as wide as its
//! reader's page and its words keep their size; down, in pixels.

mod bars;
mod span;

use serde::Serialize;
use serde_json::Value;

pub use self::bars::kind_title;
use self::bars::{Bar, clusters, funnel};
use self::span::{Span, Tick, moment, number, round_up, rounded};

/// The results in the order in which a bar is built up, with the names of their styles.
const RESULTS: [(&str, &str); 6] = [
    ("accepted", "accepted"),
    ("expired", "expired"),
    ("invalid", "invalid"),
    ("not_applicable", "not applicable"),
    ("rate_limited", "rate limited"),
    ("other", "other"),
];
/// Height of the bars of attempts, and of the lanes for marks above them.
const BARS: f64 = 200.0;
const LANE: f64 = 20.0;
/// Heights of the two charts of users.
const FAILING: f64 = 110.0;
const RECOVERED: f64 = 56.0;
/// A mark is this wide, in per cent of the narrowest page.
const MARK: f64 = 7.0;

/// All of them.
#[derive(Debug, Serialize, Default)]
pub struct Charts {
    /// Attempts by result over time.
    pub attempts: Attempts,
    /// Users failing, and recovered.
    pub users: Vec<Line>,
    /// Clusters by size and kind.
    pub clusters: Vec<Bar>,
    /// From attempt to redemption.
    pub funnel: Vec<Bar>,
}

/// Attempts over time.
#[derive(Debug, Serialize, Default)]
pub struct Attempts {
    /// Whole height, with the lanes and the axis.
    pub height: f64,
    /// Where the bars begin and end.
    pub top: f64,
    /// The lower end of the bars.
    pub bottom: f64,
    /// Parts of bars.
    pub parts: Vec<Part>,
    /// Lines across, with their numbers.
    pub grid: Vec<Tick>,
    /// Times below.
    pub ticks: Vec<Tick>,
    /// Start, pauses, unpauses and the other marks.
    pub marks: Vec<Mark>,
    /// Results that occur.
    pub legend: Vec<Legend>,
    /// The most attempts in a bar.
    pub peak: i64,
}

/// A part of a bar.
#[derive(Debug, Serialize)]
pub struct Part {
    x: f64,
    width: f64,
    y: f64,
    height: f64,
    class: &'static str,
    title: String,
}

/// A moment that is marked.
#[derive(Debug, Serialize)]
pub struct Mark {
    x: f64,
    lane: f64,
    sign: String,
    kind: String,
    at: String,
    what: String,
    campaign_id: Option<String>,
    known_from: String,
}

/// What a colour stands for, and how many there were.
#[derive(Debug, Serialize)]
pub struct Legend {
    class: &'static str,
    name: &'static str,
    total: i64,
}

/// A curve with the area below it.
#[derive(Debug, Serialize)]
pub struct Line {
    class: &'static str,
    title: &'static str,
    height: f64,
    area: String,
    line: String,
    peak: i64,
    peak_at: String,
    peak_x: f64,
    ticks: Vec<Tick>,
    marks: Vec<f64>,
}

/// The charts of a report.
pub fn of(report: &Value) -> Charts {
    let Some(span) = Span::of(report) else { return Charts::default() };
    let attempts = attempts(report, &span);
    Charts {
        users: vec![
            line(report, &span, "failing_users", "failing", "Users failing", FAILING),
            line(report, &span, "recovered_users", "recovered", "Users recovered", RECOVERED),
        ],
        attempts,
        clusters: clusters(report),
        funnel: funnel(report),
    }
}

fn attempts(report: &Value, span: &Span<'_>) -> Attempts {
    let marks = marks(report, span);
    let lanes =
        marks.iter().map(|mark| mark.lane).fold(0.0, f64::max) + if marks.is_empty() { 0.0 } else { LANE };
    let top = lanes + 10.0;
    let bottom = top + BARS;
    let peak = span.rows.iter().map(|row| number(row, "attempts")).max().unwrap_or(0);
    let scale = round_up(peak.max(4));
    let mut parts = Vec::new();
    let width = 100.0 / span.rows.len() as f64;
    for (index, row) in span.rows.iter().enumerate() {
        let mut base = bottom;
        for (key, name) in RESULTS {
            let n = number(row, key);
            if n == 0 {
                continue;
            }
            let height = n as f64 / scale as f64 * BARS;
            base -= height;
            let at = moment(&row["start"]).map_or_else(String::new, |at| at.format("%H:%MZ").to_string());
            parts.push(Part {
                x: rounded(span.edge(index) + width * 0.06),
                width: rounded(width * 0.88),
                y: rounded(base),
                height: rounded(height),
                class: key,
                title: format!("{at} {name}: {n}"),
            });
        }
    }
    let grid = [1, 2, 3, 4].map(|quarter| Tick {
        at: rounded(bottom - BARS * f64::from(quarter) / 4.0),
        label: crate::output::text::grouped(scale * i64::from(quarter) / 4),
        anchor: "start",
    });
    let legend = RESULTS
        .into_iter()
        .map(|(key, name)| Legend {
            class: key,
            name,
            total: span.rows.iter().map(|row| number(row, key)).fold(0, i64::saturating_add),
        })
        .filter(|entry| entry.total > 0);
    Attempts {
        height: bottom + 22.0,
        top,
        bottom,
        parts,
        grid: grid.into(),
        ticks: span.ticks(),
        marks,
        legend: legend.collect(),
        peak,
    }
}

/// The timeline's moments that belong into a chart, each with its sign, in lanes so that none covers another.
fn marks(report: &Value, span: &Span<'_>) -> Vec<Mark> {
    let mut ends: Vec<f64> = Vec::new();
    let (mut pauses, mut unpauses) = (0, 0);
    let lines = report["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for line in lines {
        let kind = line["kind"].as_str().unwrap_or_default();
        let sign = match kind {
            "start" => "S".to_owned(),
            "detected" => "D".to_owned(),
            "declared" => "!".to_owned(),
            "closed" => "C".to_owned(),
            "paused" => {
                pauses += 1;
                format!("P{pauses}")
            }
            "unpaused" => {
                unpauses += 1;
                format!("U{unpauses}")
            }
            _ => continue,
        };
        let Some(x) = moment(&line["at"]).and_then(|at| span.place(at)) else { continue };
        let lane = ends.iter().position(|end| *end <= x).unwrap_or_else(|| {
            ends.push(0.0);
            ends.len() - 1
        });
        ends[lane] = x + MARK;
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        found.push(Mark {
            x,
            lane: lane as f64 * LANE,
            sign,
            kind: kind.to_owned(),
            at: text("at"),
            what: text("what"),
            campaign_id: line["campaign_id"].as_str().map(str::to_owned),
            known_from: text("known_from"),
        });
    }
    found
}

fn line(
    report: &Value,
    span: &Span<'_>,
    key: &str,
    class: &'static str,
    title: &'static str,
    height: f64,
) -> Line {
    let values: Vec<i64> = span.rows.iter().map(|row| number(row, key)).collect();
    let peak = values.iter().copied().max().unwrap_or(0);
    let scale = peak.max(1) as f64 * 1.08;
    let width = 100.0 / values.len() as f64;
    let at = |index: usize| rounded((index as f64 + 0.5) * width);
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, n)| format!("{},{}", at(index), rounded(100.0 - *n as f64 / scale * 100.0)))
        .collect();
    let last = values.len().saturating_sub(1);
    let highest = values.iter().position(|n| *n == peak).unwrap_or(0);
    let marks = report["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    Line {
        class,
        title,
        height,
        area: format!("{},100 {} {},100", at(0), points.join(" "), at(last)),
        line: points.join(" "),
        peak,
        peak_at: span.rows.get(highest).and_then(|row| row["start"].as_str()).unwrap_or_default().to_owned(),
        peak_x: at(highest),
        ticks: span.ticks(),
        marks: marks
            .iter()
            .filter(|line| line["kind"] == "start")
            .filter_map(|line| span.place(moment(&line["at"])?))
            .collect(),
    }
}
