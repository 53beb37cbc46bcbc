//! What is concluded about a campaign, and what it rests on.

use super::crowd::{Crowd, Measures};
use super::row::Contradiction;
use super::trigger::Trigger;
use super::verdict::Verdict;

/// What fits the facts, whether it is proven or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Explanation {
    /// The row contradicts what was accepted before.
    Contradiction,
    /// The limit is used up, and people came too late.
    LimitTooSmall,
    /// Its audience flags reject most of its users, and always did.
    AudienceTooNarrow,
    /// It ended in the ordinary course.
    Ended,
    /// Accounts that guess, keep retrying, or act like programs.
    Attack,
    /// Its code is in the hands of people it is not for.
    Leak,
    /// Accounts of others, taken over.
    TakenOver,
    /// A promotion that brings many people.
    Promotion,
    /// Regulars, called back after months.
    Mailing,
    /// People, or a few clients, who send a code again that they have.
    Repeats,
    /// Paused by hand for a reason that our records hold.
    Decision,
    /// Paused by hand, together with others.
    MassPause,
    /// Paused, and nothing says why.
    Unexplained,
    /// The successor of a rotated code, paused until it is unpaused for the first time.
    Successor,
    /// We rotated it: its successor takes its place.
    Rotated,
    /// No attempts arrive.
    NoData,
    /// Nothing out of the ordinary.
    Ordinary,
}

/// Below and above these chances of abuse a verdict is given; between them the costs of both errors are higher than the cost
/// of asking (Chow 1970).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Fine below.
    pub fine: f64,
    /// Abuse above.
    pub abuse: f64,
    /// Abuse above, where the row contradicts itself too.
    pub mixed: f64,
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// The row contradicts what was accepted.
    Contradiction,
    /// The same, and an attack beside it.
    Mixed,
    /// The limit is used up.
    Limit,
    /// Its audience flags turn most people away.
    Audience,
    /// It ended.
    Ended,
    /// A few clients loop.
    Loop,
    /// Our own rotation.
    Rotation,
    /// A pause by hand, or one without an explanation.
    ByHand,
    /// No attempts arrive.
    NoData,
    /// The chance of abuse by the fitted weights.
    Fitted,
}

impl Explanation {
    /// Its name in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::LimitTooSmall => "limit too small",
            Self::AudienceTooNarrow => "audience too narrow",
            Self::Ended => "ended",
            Self::Attack => "attack",
            Self::Leak => "leak",
            Self::TakenOver => "accounts taken over",
            Self::Promotion => "promotion",
            Self::Mailing => "mailing",
            Self::Repeats => "repeats",
            Self::Decision => "decision",
            Self::MassPause => "mass pause",
            Self::Unexplained => "unexplained",
            Self::Successor => "successor",
            Self::Rotated => "rotated",
            Self::NoData => "no data",
            Self::Ordinary => "ordinary",
        }
    }
}

impl Ground {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Contradiction,
        Self::Mixed,
        Self::Limit,
        Self::Audience,
        Self::Ended,
        Self::Loop,
        Self::Rotation,
        Self::ByHand,
        Self::NoData,
        Self::Fitted,
    ];

    /// Its name in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::Mixed => "attack and another cause",
            Self::Limit => "limit",
            Self::Audience => "audience",
            Self::Ended => "end",
            Self::Loop => "loop",
            Self::Rotation => "rotation",
            Self::ByHand => "pause by hand",
            Self::NoData => "no data",
            Self::Fitted => "weights",
        }
    }
}

/// What is concluded about a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: Verdict,
    /// How often such a verdict was right in shops that were not used for fitting.
    pub confidence: f64,
    /// What fits, best first; two where the data cannot tell them apart.
    pub explanations: Vec<Explanation>,
    /// The chance of abuse by the fitted weights alone.
    pub abuse: f64,
    /// The measures.
    pub measures: Measures,
    /// The people.
    pub crowd: Crowd,
    /// The failures that made the guard pause, by cause.
    pub trigger: Trigger,
    /// Contradictions of the row.
    pub contradictions: Vec<Contradiction>,
    /// Whether the guard's rule explains the pause.
    pub by_guard: bool,
    /// What the verdict rests on.
    pub ground: Ground,
    /// Whether abuse is ruled out, whatever else is unknown.
    pub abuse_ruled_out: bool,
}
