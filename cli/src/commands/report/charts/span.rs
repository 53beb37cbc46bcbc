//! Where times and numbers have their places.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

/// A number or a time at its place.
#[derive(Debug, Serialize)]
pub struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
    pub(super) anchor: &'static str,
}

/// The time that the charts show.
pub(super) struct Span<'a> {
    pub(super) rows: &'a [Value],
    from: DateTime<Utc>,
    bucket: TimeDelta,
}

impl<'a> Span<'a> {
    pub(super) fn of(report: &'a Value) -> Option<Self> {
        let rows = report["series"]["rows"].as_array()?;
        let from = moment(&rows.first()?["start"])?;
        let bucket = TimeDelta::try_seconds(report["series"]["bucket_seconds"].as_i64()?)?;
        Some(Self { rows, from, bucket })
    }

    /// A time's place, in per cent.
    pub(super) fn place(&self, at: DateTime<Utc>) -> Option<f64> {
        let whole = self.bucket.num_seconds() as f64 * self.rows.len() as f64;
        let place = (at - self.from).num_seconds() as f64 / whole.max(1.0) * 100.0;
        (0.0..=100.0).contains(&place).then_some(rounded(place))
    }

    /// The place of a bar's left edge.
    pub(super) fn edge(&self, index: usize) -> f64 {
        rounded(index as f64 * 100.0 / self.rows.len() as f64)
    }

    /// Four or five times, evenly apart.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let step = self.rows.len().div_ceil(4).max(1);
        let day = self.bucket.num_seconds() * self.rows.len() as i64 > 86_400;
        let starts = self.rows.iter().enumerate().step_by(step);
        starts
            .filter_map(|(index, row)| {
                let form = if day { "%m-%d %H:%M" } else { "%H:%M" };
                Some(Tick {
                    at: self.edge(index),
                    label: moment(&row["start"])?.format(form).to_string(),
                    anchor: if index == 0 { "start" } else { "middle" },
                })
            })
            .collect()
    }
}

pub(super) fn moment(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.with_timezone(&Utc))
}

/// Short enough to be read in the source.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

pub(super) fn number(row: &Value, key: &str) -> i64 {
    row[key].as_i64().unwrap_or(0).max(0)
}

/// A round number, at least as large.
pub(super) fn round_up(number: i64) -> i64 {
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
