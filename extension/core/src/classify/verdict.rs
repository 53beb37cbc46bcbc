//! The verdicts of the contract.

/// What is going on with a campaign, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Its code appears leaked, or is attacked.
    AbuseLikely,
    /// Its configuration turns its own customers away.
    ConfigRegression,
    /// The data cannot say: fail closed.
    Inconclusive,
    /// It is paused, and nothing is wrong with it.
    FalsePositive,
    /// Nothing is wrong with it, or it ended in the ordinary course.
    Healthy,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::AbuseLikely, Self::ConfigRegression, Self::Inconclusive, Self::FalsePositive, Self::Healthy];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AbuseLikely => "ABUSE_LIKELY",
            Self::ConfigRegression => "CONFIG_REGRESSION",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::FalsePositive => "FALSE_POSITIVE",
            Self::Healthy => "HEALTHY",
        }
    }

    /// Whether its action names how many codes share the campaign's name.
    pub const fn speaks_of_the_batch(self) -> bool {
        matches!(self, Self::AbuseLikely)
    }
}
