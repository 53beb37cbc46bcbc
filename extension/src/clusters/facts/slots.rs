//! The same slot of earlier days.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros, moment};
use promo_guard_core::clusters::{Picture, Slot};
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
    let shift = |at: Micros| (1..=DAYS).map(move |n| at.saturating_sub(n * step));
    let moments = |at: Micros| shift(at).map(moment).collect::<Vec<_>>();
    app.read_within(
        include_str!("../../../../sql/query/clusters/same_slot.sql"),
        shift(from).zip(shift(until)),
        vec![moments(from).into(), moments(until).into()],
        |row| Ok(Day { back: db::number(row, 1)?, result: db::text(row, 2)?, attempts: db::number(row, 3)? }),
    )
}

/// The distance in whole days at which windows of a length are compared; none where it is more than a week.
fn step(length: Micros) -> Option<Micros> {
    // The shortest at which they are apart.
    let step = length.saturating_add(DAY.micros()) / DAY.micros() * DAY.micros();
    (step <= DAYS * DAY.micros()).then_some(step)
}

/// A length of time in a slot of an earlier day.
struct Part {
    since: Micros,
    until: Micros,
}

/// A slot is looked at in so many parts, evenly spread, since a day has its hours ...
const PARTS: i64 = 10;
/// ... and of each so long a time that a window like this one would have about so many attempts in it. With those of the other
/// parts and days they tell a rate within a few percent.
const ATTEMPTS: f64 = 300.0;

/// The slots as the grouping compares with them: their rates, from a sample of times. The sample depends on the window alone, and on
/// no index.
pub fn same_slot(app: &App, window: Window, picture: &Picture) -> Answer<Vec<Slot>> {
    let (from, until) = (micros(window.from), micros(window.until));
    let length = until.saturating_sub(from);
    let Some(step) = step(length) else { return Ok(Vec::new()) };
    let seen = picture.events.len() as f64 + picture.uncounted as f64;
    let share = (ATTEMPTS * PARTS as f64 / seen.max(1.0)).min(1.0);
    let part = (length / PARTS).max(1);
    let looked_at = ((part as f64 * share) as Micros).clamp(1, part);
    let place = |day: i64, n: i64| {
        let since = from.saturating_sub(day * step).saturating_add(part * n);
        Part { since, until: since.saturating_add(looked_at - 1) }
    };
    let looked: Vec<Part> = TELLING.iter().flat_map(|day| (0..PARTS).map(move |n| place(*day, n))).collect();
    let found = app.read_within(
        include_str!("../../../../sql/query/clusters/slot_parts.sql"),
        looked.iter().map(|part| (part.since, part.until)),
        vec![
            looked.iter().map(|part| moment(part.since)).collect::<Vec<_>>().into(),
            looked.iter().map(|part| moment(part.until)).collect::<Vec<_>>().into(),
        ],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?, db::number(row, 3)?)),
    )?;
    let mut days = [(0, 0); TELLING.len()];
    for (place, attempts, invalid) in found {
        // The statement numbers from 1.
        let day = usize::try_from((place - 1) / PARTS).unwrap_or(usize::MAX);
        if let Some(day) = days.get_mut(day) {
            *day = (day.0 + attempts, day.1 + invalid);
        }
    }
    let minutes = PARTS as f64 * looked_at as f64 / 60e6;
    // A day without a single attempt was before there were any.
    let kept = days.iter().filter(|(attempts, _)| *attempts > 0);
    let slot = |(attempts, invalid): &(i64, i64)| Slot {
        attempts: *attempts as f64 / minutes,
        invalid: *invalid as f64 / minutes,
    };
    Ok(kept.map(slot).collect())
}
