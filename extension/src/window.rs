//! The window of time that a reading function looks at.

use crate::failure::{Answer, report};
use pgrx::prelude::*;
use promo_guard_core::{Micros, Refusal, Span, SqlState};

/// `from <= t <= until`.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Its start, included.
    pub from: TimestampWithTimeZone,
    /// Its end, included.
    pub until: TimestampWithTimeZone,
}

/// No lookback goes further than this: 100 years, in days or in months.
const LONGEST: i128 = 36_525 * 86_400_000_000;
const LONGEST_MONTHS: i32 = 1_200;
/// The first moment that PostgreSQL knows, 4714-11-24 BC, and the last.
const FIRST: Micros = -211_813_488_000_000_000;
const LAST: Micros = 9_223_371_331_199_999_999;

/// A moment, in PostgreSQL's own count.
pub fn micros(at: TimestampWithTimeZone) -> Micros {
    at.into_inner()
}

/// A moment from that count, kept within what a timestamp can hold.
pub fn moment(at: Micros) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(at.clamp(FIRST, LAST))
        .unwrap_or_else(|_| TimestampWithTimeZone::positive_infinity())
}

/// A time in JSON, as PostgreSQL itself writes it in UTC.
pub fn iso(at: Option<TimestampWithTimeZone>) -> serde_json::Value {
    at.and_then(|at| serde_json::to_value(at).ok()).unwrap_or(serde_json::Value::Null)
}

/// The end of a window.
///
/// # Errors
/// 22004 for null, 22023 for an infinite one.
pub fn as_of(as_of: Option<TimestampWithTimeZone>) -> Answer<TimestampWithTimeZone> {
    let at = as_of.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "as_of is null")
                .hint("Leave it out for now(), or give a time."),
        )
    })?;
    if at.is_finite() {
        Ok(at)
    } else {
        Err(report(
            Refusal::new(SqlState::InvalidParameterValue, "as_of is infinite")
                .hint("Leave it out for now()."),
        ))
    }
}

/// The length of a lookback, where one was given.
///
/// # Errors
/// 22023 for one that is not positive, or beyond 100 years.
pub fn lookback(lookback: Option<Interval>) -> Answer<Option<Interval>> {
    let Some(given) = lookback else { return Ok(None) };
    let length = given.as_micros();
    if (1..=LONGEST).contains(&length) && given.months() <= LONGEST_MONTHS {
        return Ok(Some(given));
    }
    let (message, detail) = if length < 1 {
        ("lookback must be positive", "It is the length of the window before as_of.")
    } else {
        ("lookback is longer than 100 years", "It is the length of the window before as_of.")
    };
    Err(report(
        Refusal::new(SqlState::InvalidParameterValue, message)
            .detail(detail)
            .hint("For example: lookback => '30 minutes'."),
    ))
}

impl Window {
    /// The window that ends at `until` and is `lookback`, or else `default`, long.
    ///
    /// # Errors
    /// As [`as_of`] and [`lookback`]; 22023 where the window would start before the first timestamp.
    pub fn new(given: Option<Interval>, default: Span, until: Option<TimestampWithTimeZone>) -> Answer<Self> {
        let until = as_of(until)?;
        let from = match lookback(given)? {
            // PostgreSQL's own subtraction, which knows how long a month is; at the very beginning of its time it has
            // nothing to subtract from.
            Some(given) if i128::from(micros(until)) > i128::from(FIRST) + 2 * LONGEST => until - given,
            Some(_) => moment(FIRST),
            None => moment(micros(until).saturating_sub(default.micros())),
        };
        Ok(Self { from, until })
    }
}

/// How many rows to show; null is all.
///
/// # Errors
/// 22023 for a negative number.
pub fn max_rows(max_rows: Option<i32>) -> Answer<Option<i64>> {
    match max_rows {
        Some(n) if n < 0 => Err(report(
            Refusal::new(SqlState::InvalidParameterValue, format!("max_rows is {n}"))
                .detail("It is a number of rows, at least 0.")
                .hint("max_rows => NULL shows all."),
        )),
        other => Ok(other.map(i64::from)),
    }
}
