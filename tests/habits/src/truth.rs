//! What is true of a campaign, and what a careful reader of the tables can know of it.

/// The verdicts of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The code is abused.
    Abuse,
    /// The configuration keeps people out.
    Config,
    /// Two explanations fit, or nobody says why it was paused.
    Inconclusive,
    /// Paused without need.
    FalsePositive,
    /// Nothing wrong.
    Healthy,
}

/// A kind of incident, or of harmless event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    TvSpot,
    Newsletter,
    WinBack,
    LaunchDay,
    SchoolClass,
    Influencer,
    DoubleTaps,
    RetryLoop,
    LeakedToFarm,
    LeakedToPeople,
    Hammered,
    RepeatBots,
    GuessersFound,
    TakenOver,
    AgedFarm,
    LeakedBatch,
    BatchMailing,
    EndMoved,
    BeginMoved,
    UpsideDown,
    LimitLowered,
    LimitTooSmall,
    AudienceFlag,
    ScopeEdited,
    PerUserLowered,
    OrdinaryEnd,
    DeliberatePause,
    UnexplainedPause,
    MassPause,
    Successor,
    AttackOnFault,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 31] = [
        Self::TvSpot,
        Self::Newsletter,
        Self::WinBack,
        Self::LaunchDay,
        Self::SchoolClass,
        Self::Influencer,
        Self::DoubleTaps,
        Self::RetryLoop,
        Self::LeakedToFarm,
        Self::LeakedToPeople,
        Self::Hammered,
        Self::RepeatBots,
        Self::GuessersFound,
        Self::TakenOver,
        Self::AgedFarm,
        Self::LeakedBatch,
        Self::BatchMailing,
        Self::EndMoved,
        Self::BeginMoved,
        Self::UpsideDown,
        Self::LimitLowered,
        Self::LimitTooSmall,
        Self::AudienceFlag,
        Self::ScopeEdited,
        Self::PerUserLowered,
        Self::OrdinaryEnd,
        Self::DeliberatePause,
        Self::UnexplainedPause,
        Self::MassPause,
        Self::Successor,
        Self::AttackOnFault,
    ];

    /// Whether the code is truly abused.
    pub fn is_abuse(self) -> bool {
        matches!(
            self,
            Self::LeakedToFarm
                | Self::LeakedToPeople
                | Self::Hammered
                | Self::RepeatBots
                | Self::GuessersFound
                | Self::TakenOver
                | Self::AgedFarm
                | Self::LeakedBatch
                | Self::AttackOnFault
        )
    }

    /// Whether it is a promotion, or people who tap twice: harmless.
    pub fn is_harmless(self) -> bool {
        matches!(
            self,
            Self::TvSpot
                | Self::Newsletter
                | Self::WinBack
                | Self::LaunchDay
                | Self::SchoolClass
                | Self::Influencer
                | Self::DoubleTaps
                | Self::RetryLoop
                | Self::BatchMailing
        )
    }
}

/// What is true of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// The campaign's place; of a batch its first code's.
    pub campaign: usize,
    /// What happened.
    pub kind: Kind,
    /// The verdict of a careful reader.
    pub verdict: Verdict,
    /// Another verdict that the tables support as well.
    pub also: Option<Verdict>,
    /// Whether an unpause would do harm: abuse, a fault, or a decision that nobody explains.
    pub harmful: bool,
    /// The signs that the abusers left, as a reader can see them.
    pub signs: Vec<&'static str>,
    /// Whether somebody announced it to us.
    pub announced: bool,
    /// Whether the guard paused it.
    pub by_guard: bool,
    /// Whether it is paused.
    pub paused: bool,
}
