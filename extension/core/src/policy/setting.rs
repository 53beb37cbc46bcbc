//! A setting: its name, kind and range, default, unit, and what it is for.

use super::value::{self, Value};
use crate::{Refusal, Span, SqlState};

pub(super) const RESULTS: &[&str] = &["INVALID", "EXPIRED", "NOT_APPLICABLE", "RATE_LIMITED"];
pub(super) const MINUTE: Span = Span::from_minutes(1);
pub(super) const WEEK: Span = Span::from_days(7);
pub(super) const YEAR: Span = Span::from_days(366);

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A length of time within these bounds.
    Span(Span, Span),
    /// A whole number within these bounds.
    Count(i64, i64),
    /// A share within these bounds.
    Share(f64, f64),
    /// Labels, any, at least this many.
    Labels(usize),
    /// Labels out of these, at least one.
    LabelsOf(&'static [&'static str]),
    /// Names, each with one of these words: `{NAME:word}`.
    Pairs(&'static [&'static str]),
    /// Whole numbers, any.
    Numbers,
    /// One of these words.
    Word(&'static [&'static str]),
    /// On or off.
    Flag,
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `set_policy`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its default, spelled as it would be stored.
    pub default: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// What it decides.
    pub description: &'static str,
}

impl Setting {
    /// The default, typed.
    pub fn default_value(&self) -> Value {
        // `every_default_is_within_its_own_range` reads each default of this file.
        self.read(self.default).unwrap_or(Value::Flag(false))
    }

    /// Whether its value is a length of time, which PostgreSQL's interval reads better than we do.
    pub fn is_span(&self) -> bool {
        matches!(self.kind, Kind::Span(..))
    }

    /// Reads and checks a value.
    ///
    /// # Errors
    /// 22023 where it is not of the setting's form or outside its range.
    pub fn read(&self, text: &str) -> Result<Value, Refusal> {
        let value = match self.kind {
            Kind::Span(low, high) => {
                Span::parse(text).filter(|span| (low..=high).contains(span)).map(Value::Span)
            }
            Kind::Count(low, high) => {
                text.trim().parse().ok().filter(|n| (low..=high).contains(n)).map(Value::Count)
            }
            Kind::Share(low, high) => {
                value::share(text).filter(|share| (low..=high).contains(share)).map(Value::Share)
            }
            Kind::Labels(least) => value::labels(text).filter(|l| l.len() >= least).map(Value::Labels),
            Kind::LabelsOf(known) => value::labels(text)
                .filter(|l| !l.is_empty() && l.iter().all(|l| known.contains(&l.as_str())))
                .map(Value::Labels),
            Kind::Pairs(words) => value::labels(text)
                .filter(|labels| {
                    value::pairs(labels).is_some_and(|p| p.iter().all(|(_, w)| words.contains(w)))
                })
                .map(Value::Labels),
            Kind::Numbers => value::labels(text).and_then(|l| value::numbers(&l)).map(Value::Numbers),
            Kind::Word(words) => words.iter().find(|w| **w == text.trim()).map(|w| Value::Word(w)),
            Kind::Flag => value::flag(text).map(Value::Flag),
        };
        value.ok_or_else(|| {
            Refusal::new(
                SqlState::InvalidParameterValue,
                format!("\"{text}\" is not a value for policy \"{}\"", self.name),
            )
            .detail(format!("It takes {}. {}", self.range(), self.description))
            .hint(format!("The default is {}.", self.default))
        })
    }

    /// What it takes, in words.
    pub fn range(&self) -> String {
        match self.kind {
            Kind::Span(low, high) => format!("an interval from {low} to {high}, without months"),
            Kind::Count(low, i64::MAX) => format!("a whole number, {low} or more"),
            Kind::Count(low, high) => format!("a whole number from {low} to {high}"),
            Kind::Share(low, high) => format!("a share from {} to {}", Value::Share(low), Value::Share(high)),
            Kind::Labels(_) => "a list of words such as {ALL,APP}".to_owned(),
            Kind::LabelsOf(known) => format!("one or more of {{{}}}", known.join(",")),
            Kind::Pairs(words) => {
                format!(
                    "names with one of {} each, such as {{NAME:{}}}, no name twice",
                    words.join(", "),
                    words[0]
                )
            }
            Kind::Numbers => "a list of whole numbers such as {0,-1}".to_owned(),
            Kind::Word(words) => format!("one of: {}", words.join(", ")),
            Kind::Flag => "on or off".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{find, settings};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_default_is_within_its_own_range() {
        for s in settings() {
            let value = s.read(s.default).unwrap_or_else(|e| panic!("{}: {e}", s.name));
            assert_eq!(value.to_string(), s.default, "{} is spelled as it would be stored", s.name);
        }
    }

    #[test]
    fn values_outside_their_range_are_refused_with_what_would_do() {
        for (name, bad) in [
            ("guard_lookback", "0 s"),
            ("guard_lookback", "2 days"),
            ("guard_min_users", "0"),
            ("guard_min_users", "2.5"),
            ("failure_results", "{}"),
            ("failure_results", "{ACCEPTED}"),
            ("bake_false_alarm", "0"),
            ("bake_false_alarm", "NaN"),
            ("used_total_counts", "sometimes"),
            ("require_history", "perhaps"),
            ("known_scopes", "{a;b}"),
            ("used_total_counts_by_type", "{PREMIUM_GRANT}"),
            ("used_total_counts_by_type", "{PREMIUM_GRANT:never}"),
            ("used_total_counts_by_type", "{A:applied,A:ever_applied}"),
            ("nobody_user_ids", "{guest}"),
            ("nobody_user_ids", "{99999999999999999999}"),
            ("discount_rounding", "up"),
            ("amount_tolerance", "-1"),
        ] {
            let refusal = find(name).unwrap().read(bad).unwrap_err();
            assert_eq!(refusal.code, SqlState::InvalidParameterValue, "{name} = {bad}");
            assert!(refusal.detail.is_some() && refusal.hint.is_some());
        }
        assert_eq!(
            find("gard_min_users").unwrap_err().detail.unwrap(),
            "The nearest name is \"guard_min_users\"."
        );
    }

    #[test]
    fn people_may_spell_as_they_like() {
        let read = |name, text| find(name).unwrap().read(text).unwrap().to_string();
        assert_eq!(read("bake_false_alarm", "0.05"), "5 %");
        assert_eq!(read("bake_false_alarm", "2.5%"), "2.5 %");
        assert_eq!(read("failure_results", "INVALID, EXPIRED, INVALID"), "{INVALID,EXPIRED}");
        assert_eq!(read("require_history", "Yes"), "on");
        assert_eq!(read("nobody_user_ids", "0 -1, 0"), "{0,-1}");
        assert_eq!(read("used_total_counts_by_type", "PREMIUM_GRANT:applied"), "{PREMIUM_GRANT:applied}");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_that_reads_back_or_a_refusal(i in 0..settings().count(), text in ".{0,30}") {
            let setting = settings().nth(i).unwrap();
            if let Ok(value) = setting.read(&text) {
                prop_assert_eq!(setting.read(&value.to_string()).unwrap(), value);
            }
        }
    }
}
