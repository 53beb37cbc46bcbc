//! What is usual at this time of day.

use super::facts::days;
use crate::app::App;
use crate::failure::Answer;
use crate::window::Window;
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::median;
use std::collections::BTreeMap;

/// A result: attempts, their share, how many are normal, the ratio, and the earlier days compared with.
pub type Shown = (String, i64, Option<f64>, Option<f64>, Option<f64>, i32);

#[pg_extern(sql = false)]
fn baseline(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(result, String),
            name!(attempts, i64),
            name!(share, Option<f64>),
            name!(expected, Option<f64>),
            name!(ratio, Option<f64>),
            name!(periods, i32),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts])?;
    let now = results(&app, window)?;
    Ok(TableIterator::new(of(&app, window, now)?))
}

/// Attempts of a window by result.
///
/// # Errors
/// As [`App::read`].
pub fn results(app: &App, window: Window) -> Answer<Vec<(String, i64)>> {
    app.read(
        include_str!("../../../sql/query/clusters/results.sql"),
        &[window.from.into(), window.until.into()],
        |row| Ok((db::text(row, 1)?, db::number(row, 2)?)),
    )
}

/// Every result of the window, `now`, beside the same time of earlier days.
///
/// # Errors
/// As [`App::read`].
pub fn of(app: &App, window: Window, now: Vec<(String, i64)>) -> Answer<Vec<Shown>> {
    let all: i64 = now.iter().map(|(_, n)| n).sum();
    let mut periods: Vec<i64> = Vec::new();
    // Every result of now, and those that only earlier days had; the usual ones always.
    let mut counts: BTreeMap<String, (i64, Vec<i64>)> = BTreeMap::new();
    for result in ["ACCEPTED", "EXPIRED", "INVALID", "NOT_APPLICABLE", "RATE_LIMITED"] {
        counts.entry(result.to_owned()).or_default();
    }
    for (result, attempts) in now {
        counts.entry(result).or_default().0 = attempts;
    }
    for day in days(app, window)? {
        if periods.last() != Some(&day.back) {
            periods.push(day.back);
        }
        counts.entry(day.result).or_default().1.push(day.attempts);
    }
    Ok(counts
        .into_iter()
        .map(|(result, (attempts, mut earlier))| {
            // A day with attempts and none of this result had zero of it.
            earlier.resize(periods.len(), 0);
            let expected = median(&mut earlier);
            let share = (all > 0).then(|| attempts as f64 / all as f64);
            let ratio = expected.filter(|e| *e > 0.0).map(|expected| attempts as f64 / expected);
            (result, attempts, share, expected, ratio, periods.len() as i32)
        })
        .collect())
}
