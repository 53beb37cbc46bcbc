//! Minutes of attempts, and the bursts in them.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::report::{Burst, Minute, REACH, bursts, minutes};

/// The bursts of attempts with these results in the day up to `until`, oldest first.
pub fn of(app: &App, results: &[String], until: TimestampWithTimeZone) -> Answer<Vec<Burst>> {
    let from = micros(until).saturating_sub(REACH.micros());
    let counted = app.read(
        include_str!("../../../sql/query/report/minutes.sql"),
        &[moment(from).into(), until.into(), results.to_vec().into()],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(1)?;
            let minute = Minute { accepted: db::number(row, 2)?, failures: db::number(row, 3)? };
            Ok((at.map(micros), minute))
        },
    )?;
    let counted = counted.into_iter().filter_map(|(at, minute)| Some((at?, minute)));
    Ok(bursts(from, &minutes(from, micros(until), counted)))
}
