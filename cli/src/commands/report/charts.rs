//! The geometry of the report's charts over time. Across, everything is in per cent, so that a chart is as wide as its reader's page and
//! its words keep their size; down, in pixels. The names are those that the template uses.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::output::text::grouped;

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

/// The charts of a report.
pub fn of(report: &Value) -> Value {
    let Some(span) = Span::of(report) else {
        return json!({ "attempts": { "height": 0.0, "bottom": 0.0, "peak": 0 } });
    };
    json!({
        "attempts": attempts(&span),
        "users": [
            line(&span, "failing_users", "failing", "Users failing", FAILING),
            line(&span, "recovered_users", "recovered", "Users recovered", RECOVERED),
        ],
    })
}

/// Stacked bars of attempts, with marks in lanes above them.
fn attempts(span: &Span<'_>) -> Value {
    let marks = span.marks();
    let lanes = marks.iter().filter_map(|mark| mark["lane"].as_f64()).fold(0.0, f64::max);
    let top = lanes + if marks.is_empty() { 0.0 } else { LANE } + 10.0;
    let bottom = top + BARS;
    let peak = span.rows.iter().map(|row| number(row, "attempts")).max().unwrap_or(0);
    let scale = round_up(peak.max(4));
    let width = 100.0 / span.rows.len() as f64;
    let mut parts = Vec::new();
    for (index, row) in span.rows.iter().enumerate() {
        let at = moment(&row["start"]).map_or_else(String::new, |at| at.format("%H:%MZ").to_string());
        let mut base = bottom;
        for (key, name) in RESULTS.into_iter().filter(|(key, _)| number(row, key) > 0) {
            let n = number(row, key);
            let height = n as f64 / scale as f64 * BARS;
            base -= height;
            parts.push(json!({
                "x": rounded(span.edge(index) + width * 0.06), "width": rounded(width * 0.88),
                "y": rounded(base), "height": rounded(height),
                "class": key, "title": format!("{at} {name}: {n}"),
            }));
        }
    }
    let grid = [1, 2, 3, 4].map(|quarter| {
        let at = rounded(bottom - BARS * quarter as f64 / 4.0);
        json!({ "at": at, "label": grouped(scale * quarter / 4) })
    });
    let legend = RESULTS.into_iter().filter_map(|(key, name)| {
        let total = span.rows.iter().map(|row| number(row, key)).fold(0, i64::saturating_add);
        (total > 0).then(|| json!({ "class": key, "name": name, "total": total }))
    });
    json!({
        "height": bottom + 22.0, "bottom": bottom, "parts": parts, "grid": grid, "ticks": span.ticks(), "marks": marks,
        "legend": legend.collect::<Value>(), "peak": peak,
    })
}

/// A curve with the area below it.
fn line(span: &Span<'_>, key: &str, class: &str, title: &str, height: f64) -> Value {
    let values: Vec<i64> = span.rows.iter().map(|row| number(row, key)).collect();
    let peak = values.iter().copied().max().unwrap_or(0);
    let scale = peak.max(1) as f64 * 1.08;
    let width = 100.0 / values.len() as f64;
    let at = |index: usize| rounded((index as f64 + 0.5) * width);
    let point =
        |(index, n): (usize, &i64)| format!("{},{}", at(index), rounded(100.0 - *n as f64 / scale * 100.0));
    let points = values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ");
    let highest = values.iter().position(|n| *n == peak).unwrap_or(0);
    let starts = span.timeline.iter().filter(|line| line["kind"] == "start");
    json!({
        "class": class, "title": title, "height": height, "peak": peak,
        "area": format!("{},100 {points} {},100", at(0), at(values.len().saturating_sub(1))),
        "line": points,
        "peak_at": span.rows[highest]["start"],
        "ticks": span.ticks(),
        "marks": starts.filter_map(|line| span.place(moment(&line["at"])?)).collect::<Value>(),
    })
}

/// The time that the charts show: at least one row.
struct Span<'a> {
    rows: &'a [Value],
    timeline: &'a [Value],
    from: DateTime<Utc>,
    bucket: TimeDelta,
}

impl<'a> Span<'a> {
    fn of(report: &'a Value) -> Option<Self> {
        let rows = report["series"]["rows"].as_array()?;
        let from = moment(&rows.first()?["start"])?;
        let bucket = TimeDelta::try_seconds(report["series"]["bucket_seconds"].as_i64()?)?;
        let timeline = report["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(Self { rows, timeline, from, bucket })
    }

    /// A time's place, in per cent.
    fn place(&self, at: DateTime<Utc>) -> Option<f64> {
        let whole = self.bucket.num_seconds() as f64 * self.rows.len() as f64;
        let place = (at - self.from).num_seconds() as f64 / whole.max(1.0) * 100.0;
        (0.0..=100.0).contains(&place).then_some(rounded(place))
    }

    /// The place of a bar's left edge.
    fn edge(&self, index: usize) -> f64 {
        rounded(index as f64 * 100.0 / self.rows.len() as f64)
    }

    /// Four or five times, evenly apart.
    fn ticks(&self) -> Vec<Value> {
        let step = self.rows.len().div_ceil(4).max(1);
        let day = self.bucket.num_seconds() * self.rows.len() as i64 > 86_400;
        let form = if day { "%m-%d %H:%M" } else { "%H:%M" };
        let tick = |(index, row): (usize, &Value)| {
            let label = moment(&row["start"])?.format(form).to_string();
            let anchor = if index == 0 { "start" } else { "middle" };
            Some(json!({ "at": self.edge(index), "label": label, "anchor": anchor }))
        };
        self.rows.iter().enumerate().step_by(step).filter_map(tick).collect()
    }

    /// The timeline's moments that belong into a chart, each with its sign, in lanes so that none covers another.
    fn marks(&self) -> Vec<Value> {
        let mut ends: Vec<f64> = Vec::new();
        let (mut pauses, mut unpauses) = (0, 0);
        let mut marks = Vec::new();
        for line in self.timeline {
            let sign = match line["kind"].as_str().unwrap_or_default() {
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
            let Some(x) = moment(&line["at"]).and_then(|at| self.place(at)) else { continue };
            let lane = ends.iter().position(|end| *end <= x).unwrap_or_else(|| {
                ends.push(0.0);
                ends.len() - 1
            });
            ends[lane] = x + MARK;
            let mut mark = line.clone();
            (mark["x"], mark["lane"], mark["sign"]) = (json!(x), json!(lane as f64 * LANE), json!(sign));
            marks.push(mark);
        }
        marks
    }
}

fn moment(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.with_timezone(&Utc))
}

/// Short enough to be read in the source.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn number(row: &Value, key: &str) -> i64 {
    row[key].as_i64().unwrap_or(0).max(0)
}

/// A round number, at least as large.
fn round_up(number: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for factor in [1, 2, 4, 5, 8] {
            if step.saturating_mul(factor) >= number {
                return step.saturating_mul(factor);
            }
        }
        step = step.saturating_mul(10);
    }
}
