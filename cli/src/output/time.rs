//! Points in time, exactly as the server keeps them: microseconds, and the two infinities.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// Microseconds between 1970 and PostgreSQL's epoch, 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;

/// A `timestamptz`. chrono's own conversion fails on `infinity`, which an application may well hold in `valid_until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// As a date, where it is one that chrono can hold.
    fn utc(self) -> Option<DateTime<Utc>> {
        self.0.checked_add(EPOCH).and_then(DateTime::from_timestamp_micros)
    }

    fn unusual(self) -> String {
        match self.0 {
            i64::MAX => "infinity".to_owned(),
            i64::MIN => "-infinity".to_owned(),
            _ => "out of range".to_owned(),
        }
    }

    /// A time as the server writes it in JSON.
    pub fn of_json(text: &str) -> Option<Timestamp> {
        match text {
            "infinity" => Some(Timestamp(i64::MAX)),
            "-infinity" => Some(Timestamp(i64::MIN)),
            _ => {
                let time = DateTime::parse_from_rfc3339(text).ok()?;
                Some(Timestamp(time.timestamp_micros().checked_sub(EPOCH)?))
            }
        }
    }

    /// For programs: `2026-11-23T20:05:00Z`, with the fraction where there is one.
    pub fn rfc3339(self) -> String {
        self.utc().map_or_else(|| self.unusual(), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// As chrono writes it by this form: `%H:%M:%S`.
    pub fn form(self, form: &str) -> String {
        self.utc().map_or_else(|| self.unusual(), |time| time.format(form).to_string())
    }

    /// In the least room: `20:05:00` within a day of another time, else `11-23`.
    pub fn brief(self, near: Timestamp) -> String {
        self.form(if self.within_a_day(near) { "%H:%M:%S" } else { "%m-%d" })
    }

    /// The time of the day within a day of another time, else date and time too.
    pub fn clock_near(self, near: Timestamp) -> String {
        if self.within_a_day(near) { self.form("%H:%M:%SZ") } else { self.to_string() }
    }

    /// Whether there is less than a day between it and another time.
    pub fn within_a_day(self, near: Timestamp) -> bool {
        self.until(near).is_some_and(|between| between.num_hours().abs() < 24)
    }

    /// How long before another time, None where either is not finite.
    pub fn until(self, later: Timestamp) -> Option<TimeDelta> {
        Some(later.utc()? - self.utc()?)
    }
}

/// For people: `2026-11-23 20:05:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.form("%Y-%m-%d %H:%M:%SZ"))
    }
}

impl<'a> FromSql<'a> for Timestamp {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Timestamp, Box<dyn Error + Sync + Send>> {
        Ok(Timestamp(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self, _: &Type, to: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        to.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

/// A length of time in at most two units: `34 min`, `2 h 5 min`, `3 d`. Less than a second is `0 s`.
pub fn length(length: TimeDelta) -> String {
    let seconds = length.num_seconds().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let units: &[(u64, &str)] = match seconds {
        0..60 => &[(seconds, "s")],
        // Seconds matter while an incident is young.
        60..600 => &[(minutes, "min"), (seconds % 60, "s")],
        600..3600 => &[(minutes, "min")],
        3600..86_400 => &[(hours, "h"), (minutes, "min")],
        86_400..864_000 => &[(days, "d"), (hours, "h")],
        _ => &[(days, "d")],
    };
    let shown = |&(number, unit): &(u64, &str)| format!("{number} {unit}");
    units
        .iter()
        .enumerate()
        .filter(|(index, (number, _))| *index == 0 || *number > 0)
        .map(|(_, unit)| shown(unit))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A time seen from `as_of`: `34 min ago` where that is the present, else `34 min before`.
pub fn relative(time: Timestamp, as_of: Timestamp, present: bool) -> Option<String> {
    let between = time.until(as_of)?;
    let length = length(between);
    Some(match (between < TimeDelta::zero(), present) {
        (false, true) => format!("{length} ago"),
        (false, false) => format!("{length} before"),
        (true, true) => format!("in {length}"),
        (true, false) => format!("{length} after"),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A timestamp from RFC 3339.
    pub(crate) fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros() - EPOCH)
    }

    #[test]
    fn forms() {
        let time = at("2026-11-23T20:05:00.000001Z");
        assert_eq!(time.rfc3339(), "2026-11-23T20:05:00.000001Z");
        assert_eq!(time.to_string(), "2026-11-23 20:05:00Z");
        assert_eq!(Timestamp(i64::MAX).rfc3339(), "infinity");
        assert_eq!(Timestamp(i64::MIN).to_string(), "-infinity");
        assert_eq!(Timestamp(i64::MAX - 1).to_string(), "out of range");
        assert_eq!(Timestamp(i64::MIN + 1).until(time), None);
    }

    #[test]
    fn lengths_in_two_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (90, "1 min 30 s"),
            (2040, "34 min"),
            (3600, "1 h"),
            (7500, "2 h 5 min"),
            (90_000, "1 d 1 h"),
            (8_640_000, "100 d"),
        ] {
            assert_eq!(length(TimeDelta::seconds(seconds)), expected);
        }
    }

    #[test]
    fn seen_from_as_of() {
        let (early, late) = (at("2026-11-23T20:00:00Z"), at("2026-11-23T20:34:00Z"));
        assert_eq!(relative(early, late, true).unwrap(), "34 min ago");
        assert_eq!(relative(early, late, false).unwrap(), "34 min before");
        assert_eq!(relative(late, early, true).unwrap(), "in 34 min");
        assert_eq!(relative(Timestamp(i64::MAX), late, true), None);
    }
}
