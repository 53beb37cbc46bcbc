//! Lengths of time in whole microseconds.

use std::fmt;

/// A length of time without months: what a policy stores, as `10 min` or `1 hour 30 min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

const UNITS: [(i64, &str); 5] =
    [(86_400_000_000, "day"), (3_600_000_000, "hour"), (60_000_000, "min"), (1_000_000, "s"), (1, "us")];

impl Span {
    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From minutes.
    pub const fn from_minutes(minutes: i64) -> Self {
        Self(minutes * 60_000_000)
    }

    /// From days.
    pub const fn from_days(days: i64) -> Self {
        Self(days * 86_400_000_000)
    }

    /// In microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads what [`Display`](fmt::Display) writes: numbers with units, largest first or not, summed. `None` for
    /// anything else; whatever else people type is turned into microseconds by PostgreSQL's own interval first.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mut total: i64 = 0;
        let mut any = false;
        while let Some(number) = words.next() {
            let number: i64 = number.parse().ok()?;
            let unit = words.next()?;
            let (size, _) = UNITS
                .iter()
                .find(|(_, name)| unit.strip_suffix('s').unwrap_or(unit) == *name || unit == *name)?;
            total = total.checked_add(number.checked_mul(*size)?)?;
            any = true;
        }
        any.then_some(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0 s");
        }
        let mut rest = self.0;
        let mut first = true;
        for (size, name) in UNITS {
            let n = rest / size;
            rest %= size;
            if n != 0 {
                let plural = if n.abs() > 1 && matches!(name, "day" | "hour") { "s" } else { "" };
                write!(f, "{}{n} {name}{plural}", if first { "" } else { " " })?;
                first = false;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_read_as_people_write_them() {
        for (span, text) in [
            (Span::from_minutes(10), "10 min"),
            (Span::from_minutes(90), "1 hour 30 min"),
            (Span::from_days(2), "2 days"),
            (Span::from_micros(0), "0 s"),
            (Span::from_micros(1_500_000), "1 s 500000 us"),
        ] {
            assert_eq!(span.to_string(), text);
        }
        for bad in [
            "",
            "10",
            "min",
            "ten min",
            "10 fortnights",
            "99999999999999999999 s",
            "9223372036854775807 days",
        ] {
            assert_eq!(Span::parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in any::<i64>()) {
            let span = Span::from_micros(micros);
            prop_assert_eq!(Span::parse(&span.to_string()), Some(span));
        }
        #[test]
        fn nothing_panics(text in ".{0,40}") {
            let _ = Span::parse(&text);
        }
    }
}
