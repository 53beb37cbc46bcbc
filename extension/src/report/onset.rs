//! Minutes of attempts, and the bursts in them.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::report::{Burst, Minute, REACH, around, bursts, has_earlier_days, minutes};
use promo_guard_core::{Micros, Span};

/// The latest burst is looked for in this time first, and in four times as much as long as it reaches back to its beginning.
const FIRST: Span = Span::from_minutes(60);
const DAY: Span = Span::from_days(1);

/// The bursts of attempts with these results in the day up to `until`, oldest first.
pub fn of(app: &App, results: &[String], until: TimestampWithTimeZone) -> Answer<Vec<Burst>> {
    let from = micros(until).saturating_sub(REACH.micros());
    let series = counted(app, results, until, vec![(from, micros(until))])?;
    Ok(bursts(from, &series))
}

/// The latest burst of attempts with these results in the day up to `until`. The time before it is read only as far as it matters, here
/// and on the earlier days that it is compared with.
pub fn latest(app: &App, results: &[String], until: TimestampWithTimeZone) -> Answer<Option<Burst>> {
    let end = micros(until);
    let mut back = FIRST.micros();
    while back < DAY.micros() {
        let begin = end.saturating_sub(back);
        let parts = (0..REACH.micros() / DAY.micros())
            .map(|day| {
                let shift = |at: Micros| at.saturating_sub(day * DAY.micros());
                (shift(around(begin).0), shift(around(end).1).min(end))
            })
            .collect();
        let series = counted(app, results, until, parts)?;
        if !has_earlier_days(&series) {
            break;
        }
        let burst = bursts(end.saturating_sub(REACH.micros()), &series).pop();
        if burst.as_ref().is_none_or(|burst| burst.start > around(begin).1) {
            return Ok(burst);
        }
        back *= 4;
    }
    Ok(of(app, results, until)?.pop())
}

/// Every minute up to `until`; those outside of the parts are empty.
fn counted(
    app: &App,
    results: &[String],
    until: TimestampWithTimeZone,
    parts: Vec<(Micros, Micros)>,
) -> Answer<Vec<Minute>> {
    let from = micros(until).saturating_sub(REACH.micros());
    let (since, to): (Vec<_>, Vec<_>) = parts.into_iter().map(|(a, b)| (moment(a), moment(b))).unzip();
    let counted = app.read(
        include_str!("../../../sql/query/report/minutes.sql"),
        &[since.into(), to.into(), results.to_vec().into()],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(1)?;
            let minute = Minute { accepted: db::number(row, 2)?, failures: db::number(row, 3)? };
            Ok((at.map(micros), minute))
        },
    )?;
    let counted = counted.into_iter().filter_map(|(at, minute)| Some((at?, minute)));
    Ok(minutes(from, micros(until), counted))
}
