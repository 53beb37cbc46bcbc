//! How a bake stands.

/// How a bake stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is not over.
    Running,
    /// Over, and the campaign is well.
    Passed,
    /// The campaign is not well.
    Failed,
    /// Over, and there was too little to see.
    Inconclusive,
    /// Something else ended it: the campaign was changed, or the application's guard paused it again.
    Superseded,
}

impl State {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Running, Self::Passed, Self::Failed, Self::Inconclusive, Self::Superseded];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::Superseded => "SUPERSEDED",
        }
    }
}
