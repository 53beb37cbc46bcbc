//! Moments as people read them, in UTC.

use crate::{Micros, Span};
use chrono::DateTime;

/// 2000-01-01 00:00 UTC in Unix' own count.
const EPOCH: Micros = 946_684_800_000_000;

/// `2026-03-01 12:00:00Z`, to the second; PostgreSQL's infinities by their names.
pub fn utc(at: Micros) -> String {
    match at {
        Micros::MAX => "infinity".to_owned(),
        Micros::MIN => "-infinity".to_owned(),
        _ => at
            .checked_add(EPOCH)
            .and_then(DateTime::from_timestamp_micros)
            .map_or_else(|| "out of range".to_owned(), |t| t.format("%Y-%m-%d %H:%M:%SZ").to_string()),
    }
}

/// The hour of the day, 0 to 23, in UTC.
pub fn hour_of_day(at: Micros) -> u8 {
    let hour = at.rem_euclid(Span::from_days(1).micros()) / Span::from_minutes(60).micros();
    u8::try_from(hour).unwrap_or_default()
}

/// A length of time in at most two units, seconds at the finest: `34 min`, `2 hours 5 min`. Never less than a second.
pub fn length(micros: Micros) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "min"), (1, "s")];
    let seconds = (micros / 1_000_000).max(1);
    let first = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(3);
    let mut rest = seconds;
    let mut words = Vec::new();
    for (size, name) in &UNITS[first..(first + 2).min(4)] {
        let n = rest / size;
        rest %= size;
        if n > 0 {
            let plural = if n > 1 && size > &60 { "s" } else { "" };
            words.push(format!("{n} {name}{plural}"));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_and_lengths_read_as_people_write_them() {
        assert_eq!(utc(0), "2000-01-01 00:00:00Z");
        assert_eq!(utc(Micros::MAX), "infinity");
        assert_eq!(hour_of_day(-1), 23);
        for (seconds, text) in
            [(0, "1 s"), (59, "59 s"), (90, "1 min 30 s"), (7_500, "2 hours 5 min"), (90_000, "1 day 1 hour")]
        {
            assert_eq!(length(seconds * 1_000_000), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(at in any::<i64>()) {
            let _ = (utc(at), hour_of_day(at), length(at));
        }
    }
}
