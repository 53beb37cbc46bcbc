//! The normal numbers before the incident, and the expected numbers of a clean campaign.

use statrs::distribution::{Beta, ContinuousCDF, Gamma};

/// How sure to be that the true rate is no higher than what is expected of the campaign.
const CONFIDENCE: f64 = 0.95;
/// Points by which the share of those who fail may exceed the normal share without being worth a pause.
const TOLERANCE: f64 = 0.05;
/// No baseline excuses more than this: an earlier incident may be in it.
const HIGHEST: f64 = 1.0 / 3.0;
/// How many times the normal number of newcomers may come: evenings, and people who heard that it works again.
const SURGE: f64 = 3.0;
/// A campaign of this many newcomers a minute is not in wrong hands, however quiet it was before.
const CALM: f64 = 1.0;

/// More users than this leave no doubt about a rate that matters here.
const MANY: u64 = 100_000;

/// The campaign's users before its incident, or the shop's where it had too few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// Users who tried; those of whom only the limiter knows are not among them.
    pub users: u64,
    /// Those of them who did not get in.
    pub failing: u64,
    /// Users who tried this campaign's code within the minutes below; `None` where it did not exist throughout, so that
    /// the normal number is unknown.
    pub newcomers: Option<u64>,
    /// The length of the time looked at, in minutes.
    pub minutes: f64,
}

impl Baseline {
    /// Nothing is known: what is expected is as much as is ever excused.
    pub const UNKNOWN: Self = Self { users: 0, failing: 0, newcomers: None, minutes: 0.0 };
    /// Fewer users than this are no baseline of a campaign's own.
    pub const FEWEST: u64 = 20;

    /// The share of users who failed.
    pub fn rate(&self) -> Option<f64> {
        (self.users > 0).then(|| self.failing as f64 / self.users as f64)
    }

    /// The highest share of failing users that is no sign of anything: the upper bound of Clopper and Pearson for the true
    /// share, and some tolerance.
    pub fn expected_share(&self) -> f64 {
        // Of more users than this the bound is the share itself; the search for a quantile of theirs takes long.
        let users = self.users.min(MANY);
        let failing = (self.failing.min(self.users) as f64 / self.users.max(1) as f64 * users as f64).round();
        let got_in = users as f64 - failing;
        if self.rate().is_none_or(|rate| rate >= HIGHEST) {
            return HIGHEST;
        }
        // The shapes are at least 1, so there is a distribution.
        let bound =
            Beta::new(failing + 1.0, got_in.max(1.0)).map_or(1.0, |beta| beta.inverse_cdf(CONFIDENCE));
        (bound.max(self.rate().unwrap_or(0.0)) + TOLERANCE).min(HIGHEST)
    }

    /// The highest rate of newcomers a minute that is no sign of anything: from the exact upper bound for a Poisson rate.
    /// `None` where it is unknown.
    pub fn expected_newcomers(&self) -> Option<f64> {
        let newcomers = self.newcomers?;
        if self.minutes <= 0.0 {
            return None;
        }
        let bound = if newcomers > MANY {
            newcomers as f64 * 1.01
        } else {
            Gamma::new(newcomers as f64 + 1.0, 1.0).ok()?.inverse_cdf(CONFIDENCE)
        };
        Some((SURGE * bound / self.minutes).max(CALM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Clopper and Pearson: 0 of 59 leaves 5 % possible at one-sided 95 %; 10 of 100 leaves 16.4 %.
        let share = |failing, users| {
            Baseline { users, failing, newcomers: None, minutes: 1.0 }.expected_share() - TOLERANCE
        };
        assert!((share(0, 59) - 0.0495).abs() < 5e-4, "{}", share(0, 59));
        assert!((share(10, 100) - 0.1637).abs() < 5e-4, "{}", share(10, 100));
        // 0 seen leaves 3.0 possible, the rule of three; 10 seen leave 16.96.
        let rate = |newcomers| {
            let base = Baseline { users: 0, failing: 0, newcomers: Some(newcomers), minutes: 1.0 };
            base.expected_newcomers().unwrap() / SURGE
        };
        assert!((rate(0) - 2.9957).abs() < 1e-3 && (rate(10) - 16.962).abs() < 1e-2);
        assert_eq!(Baseline::UNKNOWN.expected_share(), HIGHEST);
        assert_eq!(Baseline::UNKNOWN.expected_newcomers(), None);
    }

    proptest! {
        #[test]
        fn what_is_expected_is_never_below_what_was_seen_unless_capped(users in 0u64..1_000_000, part in 0.0f64..=1.0) {
            let failing = (users as f64 * part) as u64;
            let base = Baseline { users, failing, newcomers: Some(users), minutes: 1440.0 };
            let share = base.expected_share();
            prop_assert!(share <= HIGHEST && share >= base.rate().unwrap_or(0.0).min(HIGHEST));
            prop_assert!(base.expected_newcomers().unwrap() >= users as f64 / 1440.0);
        }
    }
}
