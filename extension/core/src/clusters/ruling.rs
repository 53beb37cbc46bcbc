//! What the verdict on a campaign lets its clusters say: both judge the same code, and must not contradict each other.

/// What a verdict says about abuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abuse {
    /// The code is abused.
    Found,
    /// It may be: another explanation fits too.
    Possible,
    /// It is not.
    Excluded,
}

/// What a verdict says about one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// Whether its code is abused.
    pub abuse: Abuse,
    /// Whether its configuration rejects its own customers.
    pub fault: bool,
}
