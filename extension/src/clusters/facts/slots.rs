//! The same slot of earlier days.

use super::served::served;
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::clusters::Slot;
use promo_guard_core::{Micros, Span};

/// So many earlier days: a week has every day of the week once.
const DAYS: i64 = 7;
/// The days that tell whether more give up than usual: the two before, and the same one of the week before.
const TELLING: [i64; 3] = [1, 2, 7];
const DAY: Span = Span::from_days(1);

/// The same slot of one earlier day: a result and how often it was given.
pub struct Day {
    /// Which, counted back from the window.
    pub back: i64,
    /// The result as the application spells it.
    pub result: String,
    /// Attempts with it.
    pub attempts: i64,
}

/// What was counted in the same slot of earlier days, as far as attempts were kept then. A window of more than a day is compared
/// with those right before it, at whole days' distance; one of more than a week with none, which would be a scan of
/// everything.
pub fn days(app: &App, window: Window) -> Answer<Vec<Day>> {
    let (from, until) = (micros(window.from), micros(window.until));
    let Some(step) = step(until.saturating_sub(from)) else { return Ok(Vec::new()) };
    let shift = |at: Micros| (1..=DAYS).map(|n| moment(at.saturating_sub(n * step))).collect::<Vec<_>>();
    app.look_up(
        include_str!("../../../../sql/query/clusters/same_slot.sql"),
        &[shift(from).into(), shift(until).into()],
        |row| Ok(Day { back: db::number(row, 1)?, result: db::text(row, 2)?, attempts: db::number(row, 3)? }),
    )
}

/// The distance in whole days at which windows of a length are compared; none where it is more than a week.
fn step(length: Micros) -> Option<Micros> {
    // The shortest at which they are apart.
    let step = length.saturating_add(DAY.micros()) / DAY.micros() * DAY.micros();
    (step <= DAYS * DAY.micros()).then_some(step)
}

/// A length of time in a slot of an earlier day of which a look at its first attempts is enough.
struct Part {
    since: Micros,
    until: Micros,
}

/// Where attempts have an index by time, a slot is looked at in so many parts, evenly spread, since a day has its hours ...
const PARTS: i64 = 10;
/// ... and of each at most so many attempts. With those of the other parts and days they tell a rate to a few in a hundred.
const MOST: i64 = 100;

/// The slots as the grouping compares with them, as rates of what a part of them was like.
pub fn same_slot(app: &App, window: Window) -> Answer<Vec<Slot>> {
    let (from, until) = (micros(window.from), micros(window.until));
    let length = until.saturating_sub(from);
    let Some(step) = step(length) else { return Ok(Vec::new()) };
    let (parts, most) = if served()?.time { (PARTS, MOST) } else { (1, i64::MAX) };
    let part = |day: i64, n: i64| {
        let at = |n: i64| from.saturating_sub(day * step).saturating_add(length / parts * n);
        // The window's end belongs to it, that of a part to the next one.
        Part {
            since: at(n),
            until: if n + 1 == parts {
                until.saturating_sub(day * step)
            } else {
                at(n + 1).saturating_sub(1)
            },
        }
    };
    let looked: Vec<Part> = TELLING.iter().flat_map(|day| (0..parts).map(move |n| part(*day, n))).collect();
    let found = app.look_up(
        include_str!("../../../../sql/query/clusters/slot_parts.sql"),
        &[
            looked.iter().map(|part| moment(part.since)).collect::<Vec<_>>().into(),
            looked.iter().map(|part| moment(part.until)).collect::<Vec<_>>().into(),
            most.into(),
        ],
        |row| {
            let last = row.get::<TimestampWithTimeZone>(4)?.map(micros);
            Ok((db::number(row, 1)?, db::number(row, 2)?, db::number(row, 3)?, last))
        },
    )?;
    let mut days = [(0.0f64, 0.0f64, false); TELLING.len()];
    for (place, attempts, invalid, last) in found {
        // The statement numbers from 1.
        let place = usize::try_from(place - 1).unwrap_or(usize::MAX);
        let (Some(part), Some(day)) = (looked.get(place), days.get_mut(place / parts as usize)) else {
            continue;
        };
        // Where there were more, the time to the last one looked at is what they took.
        let until = last.filter(|_| attempts >= most).unwrap_or(part.until);
        let minutes = (until.saturating_sub(part.since) as f64 / 60e6).max(1.0 / 60.0);
        day.0 += attempts as f64 / minutes;
        day.1 += invalid as f64 / minutes;
        day.2 |= attempts > 0;
    }
    // A day without a single attempt was before there were any.
    Ok(days
        .iter()
        .filter(|(.., kept)| *kept)
        .map(|(attempts, invalid, _)| Slot {
            attempts: attempts / parts as f64,
            invalid: invalid / parts as f64,
        })
        .collect())
}
