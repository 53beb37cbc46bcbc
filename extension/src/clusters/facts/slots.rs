//! The same slot of earlier days.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{Window, micros, moment};
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
    earlier(app, window, &(1..=DAYS).collect::<Vec<_>>())
}

/// The same of these days; the result counts them from 1 on.
fn earlier(app: &App, window: Window, days: &[i64]) -> Answer<Vec<Day>> {
    let (from, until) = (micros(window.from), micros(window.until));
    let step = distance(until.saturating_sub(from));
    if step > DAYS * DAY.micros() {
        return Ok(Vec::new());
    }
    let shift = |at: Micros| days.iter().map(|n| moment(at.saturating_sub(n * step))).collect::<Vec<_>>();
    app.read(
        include_str!("../../../../sql/query/clusters/same_slot.sql"),
        &[shift(from).into(), shift(until).into()],
        |row| Ok(Day { back: db::number(row, 1)?, result: db::text(row, 2)?, attempts: db::number(row, 3)? }),
    )
}

/// The shortest distance in whole days at which two windows of a length are apart.
fn distance(length: Micros) -> Micros {
    length.saturating_add(DAY.micros()) / DAY.micros() * DAY.micros()
}

/// The slots as the grouping compares with them.
pub fn same_slot(app: &App, window: Window) -> Answer<Vec<Slot>> {
    let minutes = (micros(window.until).saturating_sub(micros(window.from)) as f64 / 60e6).max(1.0);
    let mut slots: Vec<(i64, Slot)> = Vec::new();
    for day in earlier(app, window, &TELLING)? {
        if slots.last().is_none_or(|(back, _)| *back != day.back) {
            slots.push((day.back, Slot { attempts: 0.0, invalid: 0.0 }));
        }
        if let Some((_, slot)) = slots.last_mut() {
            let rate = day.attempts as f64 / minutes;
            slot.attempts += rate;
            if day.result == "INVALID" {
                slot.invalid += rate;
            }
        }
    }
    Ok(slots.into_iter().map(|(_, slot)| slot).collect())
}
