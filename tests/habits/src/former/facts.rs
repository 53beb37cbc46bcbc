//! Everything that a verdict rests on. Gathered elsewhere; here it has a shape.

use super::{Campaign, Pause, Sight};
use promo_guard_core::Micros;

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Those that are.
    pub hits: u64,
    /// All that were looked at.
    pub of: u64,
}

impl Share {
    /// So many of so many.
    pub const fn new(hits: u64, of: u64) -> Self {
        Self { hits, of }
    }

    /// As a number; 0 of nothing.
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }

    /// Wilson's interval at two standard deviations: what the share may be, given how few were looked at.
    pub fn bounds(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p, z2) = (self.of as f64, self.value(), 4.0);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let reach = (z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
        ((middle - reach).max(0.0), (middle + reach).min(1.0))
    }
}

/// What the campaign's code saw before the evidence: its own measure.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Earlier {
    /// How long, in minutes, of the time looked at it was there.
    pub minutes: f64,
    /// Accepted attempts.
    pub accepted: u64,
    /// NOT_APPLICABLE ones.
    pub not_applicable: u64,
    /// ... of those, with a reason of the audience noted.
    pub audience: u64,
}

/// Who of some users had done nothing here before: no attempt, redemption or purchase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strangers {
    /// Of those accepted.
    pub accepted: Share,
    /// Of those turned away.
    pub turned_away: Share,
    /// Of the users accepted by all codes alike, at the same time: what is usual.
    pub usual: Share,
}

/// What became of accepted codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conversion {
    /// Redemptions applied, of those of the evidence's time that are old enough.
    pub now: Share,
    /// The same of the time before.
    pub earlier: Share,
    /// Redemptions, old enough, since the last one that was applied.
    pub since_last: u64,
    /// Redemptions of any age since then.
    pub open_since_last: u64,
    /// When the last one that was applied was made.
    pub last_applied: Option<Micros>,
    /// Uses held by reservations at `as_of`.
    pub reserved: u64,
}

/// Why attempts were NOT_APPLICABLE, where the application noted it: users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refusals {
    /// They had it already.
    pub already_used: u64,
    /// The limit was reached.
    pub depleted: u64,
    /// Not new, or not a first purchase.
    pub audience: u64,
    /// Something else.
    pub other: u64,
    /// Nothing was noted.
    pub unknown: u64,
}

impl Refusals {
    /// Adds users that were turned away for a reason.
    pub fn add(&mut self, reason: Option<&str>, users: u64) {
        *match reason {
            Some("ALREADY_USED") => &mut self.already_used,
            Some("DEPLETED") => &mut self.depleted,
            Some("NEW_USERS_ONLY" | "FIRST_PURCHASE_ONLY") => &mut self.audience,
            Some(_) => &mut self.other,
            None => &mut self.unknown,
        } += users;
    }
}

/// Whether attempts of anybody on anything still arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingestion {
    /// They do.
    Alive,
    /// There used to be attempts, and for this long there has been none (microseconds).
    Dead(Micros),
    /// There never were any: nothing to tell by.
    Unknown,
}

/// What is known of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The moment the verdict is for.
    pub as_of: Micros,
    /// Its row.
    pub campaign: Campaign,
    /// Its pause; `None` unless it is PAUSED.
    pub pause: Option<Pause>,
    /// The lookback.
    pub now: Sight,
    /// For a paused one the time before its pause.
    pub before: Option<Sight>,
    /// Its own earlier rate.
    pub earlier: Earlier,
    /// Strangers among its users.
    pub strangers: Strangers,
    /// What became of its redemptions.
    pub conversion: Conversion,
    /// The reasons noted.
    pub refusals: Refusals,
    /// Successes at or after `valid_until` as it stands today; counting stops early.
    pub accepted_after_end: u64,
    /// Successes before `valid_from` as it stands today; counting stops early.
    pub accepted_before_begin: u64,
    /// Fields that our own `fix_campaign()` has changed since the pause.
    pub fixed: Vec<String>,
    /// Whether anything is recorded at all.
    pub ingestion: Ingestion,
    /// Inputs that the application lacks, as `view.column`.
    pub missing: Vec<String>,
}

impl Facts {
    /// The span that speaks for or against the campaign: before its pause, where it is paused.
    pub fn evidence(&self) -> &Sight {
        self.before.as_ref().unwrap_or(&self.now)
    }

    /// Whether the application lacks this column.
    pub fn lacks(&self, column: &str) -> bool {
        self.missing.iter().any(|missing| missing == column)
    }
}
