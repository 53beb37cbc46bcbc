//! The verdicts of the contract.

/// What is going on with a campaign, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Its code is in the wrong hands, or hammered.
    AbuseLikely,
    /// Its configuration keeps out those whom it is for.
    ConfigRegression,
    /// The data cannot say: fail closed.
    Inconclusive,
    /// Nothing wrong with it, though it was paused.
    FalsePositive,
    /// Nothing wrong with it; also: it ended in the ordinary course.
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

    /// Whether the action it leads to tells how many codes share the campaign's name ([`Campaign::batch`](super::Campaign::batch)).
    pub const fn speaks_of_the_batch(self) -> bool {
        matches!(self, Self::AbuseLikely)
    }
}
