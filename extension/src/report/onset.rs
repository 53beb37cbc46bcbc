//! Minutes of attempts, and the bursts in them.

use crate::app::App;
use crate::clusters::Reading;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::{Outcome, Outcomes};
use promo_guard_core::clusters::Picture;
use promo_guard_core::report::{Burst, Minute, REACH, around, bursts, has_earlier_days, minutes};
use promo_guard_core::{Micros, Span};

/// The latest burst is looked for in this time first, and in four times as much as long as it reaches back to its beginning.
const FIRST: Span = Span::from_minutes(60);
const DAY: Span = Span::from_days(1);

/// The bursts of attempts with these results in the day up to `until`, oldest first.
pub fn of(app: &App, results: &[String], until: TimestampWithTimeZone) -> Answer<Vec<Burst>> {
    let from = micros(until).saturating_sub(REACH.micros());
    let series = counted(app, None, results, until, vec![(from, micros(until))])?;
    Ok(bursts(from, &series))
}

/// The latest burst of attempts with these results in the day up to `until`. The time before it is read only as far as it matters, here
/// and on the earlier days that it is compared with. `read`: attempts up to `until` that have been read, and these results among them.
pub fn latest(
    app: &App,
    read: Option<(&Reading, Outcomes)>,
    results: &[String],
    until: TimestampWithTimeZone,
) -> Answer<Option<Burst>> {
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
        let series = counted(app, read, results, until, parts)?;
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
    read: Option<(&Reading, Outcomes)>,
    results: &[String],
    until: TimestampWithTimeZone,
    mut parts: Vec<(Micros, Micros)>,
) -> Answer<Vec<Minute>> {
    let from = micros(until).saturating_sub(REACH.micros());
    let mut known = Vec::new();
    if let Some((reading, failures)) = read {
        let picture = &reading.picture;
        known = of_picture(picture, failures);
        parts = parts.into_iter().flat_map(|part| outside(part, (picture.from, picture.until))).collect();
    }
    let mut counted = Vec::new();
    for (since, to) in parts {
        counted.extend(app.read(
            include_str!("../../../sql/query/report/minutes.sql"),
            &[moment(since).into(), moment(to).into(), results.to_vec().into()],
            |row| {
                let at: Option<TimestampWithTimeZone> = row.get(1)?;
                let minute = Minute { accepted: db::number(row, 2)?, failures: db::number(row, 3)? };
                Ok((at.map(micros), minute))
            },
        )?);
    }
    let counted = counted.into_iter().filter_map(|(at, minute)| Some((at?, minute)));
    Ok(minutes(from, micros(until), counted.chain(known)))
}

/// What of a part lies before and after a window.
fn outside(part: (Micros, Micros), window: (Micros, Micros)) -> impl Iterator<Item = (Micros, Micros)> {
    let before = (part.0, part.1.min(window.0.saturating_sub(1)));
    let after = (part.0.max(window.1.saturating_add(1)), part.1);
    [before, after].into_iter().filter(|(from, until)| from <= until)
}

/// The attempts of a window, each in a minute of its own: [`minutes`] adds them up.
fn of_picture(picture: &Picture, failures: Outcomes) -> Vec<(Micros, Minute)> {
    let each = picture.events.iter().map(|event| {
        let counts = |wanted: bool| i64::from(wanted);
        let minute = Minute {
            accepted: counts(event.outcome == Outcome::Accepted),
            failures: counts(failures.contains(event.outcome)),
        };
        (picture.moment(event.at), minute)
    });
    each.collect()
}
