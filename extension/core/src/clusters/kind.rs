//! The kinds of the contract.

/// What a group of failures is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A known code that appears leaked: new users in numbers that it never had.
    LeakedCode,
    /// A known code whose users keep retrying it.
    AbusedCode,
    /// A campaign whose configuration keeps out those whom it is for.
    ConfigFailure,
    /// Codes made up and tried.
    Enumeration,
    /// Many users at once on one known code, and neither abuse nor a fault is established.
    Surge,
    /// One unknown code that many send and none of them gets past: misprinted, not created yet, or deleted.
    UnknownCode,
    /// One wrong spelling of a campaign's code, tried by many.
    MistypedCode,
    /// A few clients in a loop.
    RetryStorm,
    /// A campaign's own customers, rejected because it is paused.
    PauseEcho,
    /// Unrelated failures: typos, old codes.
    Background,
}

impl Kind {
    /// Every one, the gravest first.
    pub const ALL: [Self; 10] = [
        Self::LeakedCode,
        Self::AbusedCode,
        Self::ConfigFailure,
        Self::Enumeration,
        Self::Surge,
        Self::UnknownCode,
        Self::MistypedCode,
        Self::RetryStorm,
        Self::PauseEcho,
        Self::Background,
    ];

    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeakedCode => "LEAKED_CODE",
            Self::AbusedCode => "ABUSED_CODE",
            Self::ConfigFailure => "CONFIG_FAILURE",
            Self::Enumeration => "ENUMERATION",
            Self::Surge => "SURGE",
            Self::UnknownCode => "UNKNOWN_CODE",
            Self::MistypedCode => "MISTYPED_CODE",
            Self::RetryStorm => "RETRY_STORM",
            Self::PauseEcho => "PAUSE_ECHO",
            Self::Background => "BACKGROUND",
        }
    }

    /// How much one of its failures weighs in the order of clusters: lost money, then disappointed users,
    /// then noise.
    pub(super) const fn weight(self) -> f64 {
        match self {
            Self::LeakedCode => 10.0,
            Self::AbusedCode => 8.0,
            Self::ConfigFailure => 6.0,
            Self::Enumeration => 5.0,
            Self::Surge => 4.0,
            Self::UnknownCode => 3.0,
            Self::MistypedCode => 2.0,
            Self::PauseEcho => 1.5,
            Self::RetryStorm => 1.0,
            Self::Background => 0.1,
        }
    }
}
