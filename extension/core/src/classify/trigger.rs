//! The failures that made the guard pause, attributed one by one.

use super::facts::{AUDIENCE, Facts, Reason, Tried};
use super::row::Contradiction;
use crate::attempt::Outcome;
use std::collections::{BTreeSet, HashMap};

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The user had been accepted before and sent it again.
    Repeat,
    /// The limit was reached.
    Limit,
    /// The user may use it less often than before.
    PerUser,
    /// Outside the validity as it stands.
    Validity,
    /// An audience flag.
    Audience,
    /// The campaign was paused already.
    EarlierPause,
    /// Turned away without any success, and nothing of the above says why.
    Rejected,
}

impl Cause {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Repeat,
        Self::Limit,
        Self::PerUser,
        Self::Validity,
        Self::Audience,
        Self::EarlierPause,
        Self::Rejected,
    ];

    /// Its name in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Limit => "limit",
            Self::PerUser => "limit a user",
            Self::Validity => "outside validity",
            Self::Audience => "audience",
            Self::EarlierPause => "earlier pause",
            Self::Rejected => "rejected",
        }
    }
}

/// The trigger: failures by cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// Failures and users of each cause, in the order of [`Cause::ALL`].
    pub causes: [(u64, u64); 7],
    /// Attempts that the limiter answered in the same time: not counted by the guard.
    pub rate_limited: u64,
}

impl Trigger {
    /// Of the attempts between two moments, the first excluded.
    pub fn between(facts: &Facts, from: i64, until: i64, contradictions: &[Contradiction]) -> Self {
        let mut trigger = Self::default();
        let lowered = contradictions.iter().any(|c| matches!(c, Contradiction::UsersBeyondLimit(_)));
        let full = full(facts);
        let mut seen: HashMap<i64, u32> = HashMap::new();
        let mut counted: BTreeSet<(Cause, Option<i64>)> = BTreeSet::new();
        for tried in &facts.attempts {
            let before = tried.user.map_or(0, |user| {
                facts.users.get(&user).map_or(0, |u| u.uses_before) + seen.get(&user).copied().unwrap_or(0)
            });
            if tried.outcome == Outcome::Accepted {
                if let Some(user) = tried.user {
                    *seen.entry(user).or_default() += 1;
                }
                continue;
            }
            if tried.at <= from || tried.at > until {
                continue;
            }
            let Some(cause) = cause(facts, tried, before, lowered, full) else {
                trigger.rate_limited += u64::from(tried.outcome == Outcome::RateLimited);
                continue;
            };
            let place = &mut trigger.causes[cause as usize];
            place.0 += 1;
            place.1 += u64::from(counted.insert((cause, tried.user)));
        }
        trigger
    }

    /// Failures of a cause.
    pub fn failures(&self, cause: Cause) -> u64 {
        self.causes[cause as usize].0
    }

    /// All failures.
    pub fn all(&self) -> u64 {
        self.causes.iter().map(|(failures, _)| failures).sum()
    }

    /// The share of a cause.
    pub fn share(&self, cause: Cause) -> f64 {
        self.failures(cause) as f64 / self.all().max(1) as f64
    }

    /// The cause of most failures.
    pub fn main(&self) -> Option<Cause> {
        Cause::ALL.into_iter().filter(|c| self.failures(*c) > 0).max_by_key(|c| self.failures(*c))
    }
}

/// Whether the limit was used up, with what was reserved then: reservations lapse, and later the row shows free uses again.
fn full(facts: &Facts) -> bool {
    let (Some(limit), Some(used)) = (facts.row.max_total_uses, facts.row.used_total) else { return false };
    let (from, until) = facts.evidence;
    let taken = facts.redemptions.iter().filter(|r| (from..=until).contains(&r.at)).count() as u64;
    used >= limit || (facts.before.applied + taken) as i64 >= limit
}

fn cause(facts: &Facts, tried: &Tried, uses: u32, lowered: bool, full: bool) -> Option<Cause> {
    let row = &facts.row;
    match tried.outcome {
        Outcome::Expired if row.outside_validity(tried.at) => return Some(Cause::Validity),
        Outcome::Expired if tried.reason == Some(Reason::Depleted) => return Some(Cause::Limit),
        Outcome::Expired => return Some(Cause::EarlierPause),
        Outcome::NotApplicable => {}
        Outcome::Invalid => return Some(Cause::Rejected),
        Outcome::Accepted | Outcome::RateLimited | Outcome::Other => return None,
    }
    Some(match tried.reason {
        Some(Reason::Depleted) => Cause::Limit,
        Some(Reason::Audience) => Cause::Audience,
        // The application says so, whether the use is on record or not.
        reason if (uses > 0 || reason == Some(Reason::AlreadyUsed)) && lowered => Cause::PerUser,
        reason if uses > 0 || reason == Some(Reason::AlreadyUsed) => Cause::Repeat,
        Some(_) => Cause::Rejected,
        None if full || facts.records.has_fixed(&["max_total_uses"]) => Cause::Limit,
        None if row.restricted() || facts.records.has_fixed(&AUDIENCE) => Cause::Audience,
        None => Cause::Rejected,
    })
}
