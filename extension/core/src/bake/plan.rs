//! When a bake looks, and what each look may spend.

use crate::{Micros, Refusal, Span, SqlState};

/// The shortest bake: enough for a demonstration.
pub const SHORTEST: Span = Span::from_micros(5_000_000);
/// The longest bake.
pub const LONGEST: Span = Span::from_days(1);

/// A look a minute, and at least five in a bake.
const STEP: Span = Span::from_minutes(1);
const FEWEST_LOOKS: i64 = 5;

/// What to do when a bake fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRegression {
    /// Say so (section 7 escalates it).
    Alert,
    /// Pause the campaign again, once.
    Pause,
}

impl OnRegression {
    /// Its word in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Pause => "pause",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// 22023 for another one.
    pub fn read(word: &str) -> Result<Self, Refusal> {
        [Self::Alert, Self::Pause].into_iter().find(|o| o.name() == word).ok_or_else(|| {
            Refusal::new(SqlState::InvalidParameterValue, format!("on_regression is \"{word}\""))
                .detail("It says what to do when the bake fails: alert, or pause the campaign again.")
                .hint("on_regression => 'alert' or on_regression => 'pause'")
        })
    }
}

/// A bake's time and the looks in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    since: Micros,
    until: Micros,
    false_alarm: f64,
}

impl Plan {
    /// A bake from `since` on, so long, with this chance of a false alarm.
    ///
    /// # Errors
    /// 22023 for a length outside [`SHORTEST`] to [`LONGEST`].
    pub fn new(since: Micros, length: Span, false_alarm: f64) -> Result<Self, Refusal> {
        if (SHORTEST..=LONGEST).contains(&length) {
            return Ok(Self::between(since, since.saturating_add(length.micros()), false_alarm));
        }
        Err(Refusal::new(SqlState::InvalidParameterValue, format!("bake is {length}"))
            .detail(format!("It is how long the campaign is watched: {SHORTEST} to {LONGEST}."))
            .hint("bake => '15 min'"))
    }

    /// A bake as it was recorded.
    pub const fn between(since: Micros, until: Micros, false_alarm: f64) -> Self {
        Self { since, until, false_alarm }
    }

    fn length(&self) -> i64 {
        self.until.saturating_sub(self.since).max(1)
    }

    fn step(&self) -> i64 {
        STEP.micros().min(self.length() / FEWEST_LOOKS).max(1)
    }

    /// How many looks there are.
    pub fn looks(&self) -> u32 {
        u32::try_from((self.length() - 1) / self.step() + 1).unwrap_or(u32::MAX)
    }

    /// When a look is due, the first being 1; the last is at the end.
    pub fn at(&self, look: u32) -> Micros {
        self.since.saturating_add(i64::from(look).saturating_mul(self.step())).min(self.until)
    }

    /// The last look that is due; 0 before the first.
    pub fn due(&self, now: Micros) -> u32 {
        if now >= self.until {
            return self.looks();
        }
        u32::try_from(now.saturating_sub(self.since).max(0) / self.step()).unwrap_or(0)
    }

    /// The look in whose time a moment of the bake lies: it is after the look before, and no later than this one.
    pub fn look_of(&self, at: Micros) -> u32 {
        let into = at.saturating_sub(self.since).max(1);
        u32::try_from((into - 1) / self.step() + 1).unwrap_or(u32::MAX).min(self.looks())
    }

    /// The minutes between the look `after` (0: the start) and `look`.
    pub fn minutes(&self, after: u32, look: u32) -> f64 {
        (self.at(look) - self.at(after)) as f64 / Span::from_minutes(1).micros() as f64
    }

    /// The chance of a false alarm that a look may spend: linear in time.
    pub fn share(&self, look: u32) -> f64 {
        let time = self.at(look) - self.at(look.saturating_sub(1));
        self.false_alarm * time as f64 / self.length() as f64
    }

    /// Microseconds between two looks, to sort attempts into them.
    pub fn step_micros(&self) -> i64 {
        self.step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bake_of_fifteen_minutes_looks_every_minute() {
        let plan = Plan::new(0, Span::from_minutes(15), 0.05).unwrap();
        assert_eq!(plan.looks(), 15);
        assert_eq!(plan.at(3), 180_000_000);
        assert_eq!((plan.due(59_999_999), plan.due(60_000_000), plan.due(i64::MAX)), (0, 1, 15));
        assert_eq!((plan.look_of(1), plan.look_of(60_000_000), plan.look_of(60_000_001)), (1, 1, 2));
        assert!((plan.minutes(0, 15) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn a_short_bake_still_looks_five_times() {
        assert_eq!(Plan::new(0, SHORTEST, 0.05).unwrap().looks(), 5);
        assert_eq!(Plan::new(0, Span::from_minutes(5), 0.05).unwrap().looks(), 5);
    }

    #[test]
    fn lengths_out_of_range_are_refused() {
        for span in [0, -1, 1_000_000, i64::MAX] {
            let refusal = Plan::new(0, Span::from_micros(span), 0.05).unwrap_err();
            assert_eq!(refusal.code, SqlState::InvalidParameterValue);
        }
        assert!(OnRegression::read("panic").is_err());
        assert_eq!(OnRegression::read("pause"), Ok(OnRegression::Pause));
    }

    proptest! {
        #[test]
        fn all_looks_together_spend_the_rate_and_no_more(
            since in -1_000_000_000_000i64..1_000_000_000_000, length in 5_000_000i64..86_400_000_000, rate in 0.0001f64..0.5,
        ) {
            let plan = Plan::new(since, Span::from_micros(length), rate).unwrap();
            let spent: f64 = (1..=plan.looks()).map(|look| plan.share(look)).sum();
            prop_assert!((spent - rate).abs() < 1e-9, "{spent} of {rate}");
            prop_assert_eq!(plan.at(plan.looks()), since + length);
            prop_assert!(plan.looks() == 1 || plan.at(plan.looks() - 1) < since + length);
        }

        #[test]
        fn a_moment_lies_between_its_look_and_the_one_before(length in 5_000_000i64..86_400_000_000, part in 0.0f64..1.0) {
            let plan = Plan::new(0, Span::from_micros(length), 0.05).unwrap();
            let at = (length as f64 * part) as i64 + 1;
            let look = plan.look_of(at);
            prop_assert!(plan.at(look - 1) < at && at <= plan.at(look).max(at.min(length)));
            prop_assert!(plan.due(plan.at(look)) >= look);
        }
    }
}
