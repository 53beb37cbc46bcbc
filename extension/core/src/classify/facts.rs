//! What is known of one campaign, as handed in. Each fact names the statement that gives it.

use crate::Micros;
use crate::attempt::Outcome;
use std::collections::HashMap;

pub use super::campaign::Status;
pub use crate::triage::Source;

/// The campaign's row (statement 1: the row by its id). `None` is a null, or a column that the application lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// Its status today.
    pub status: Status,
    /// First moment of validity.
    pub valid_from: Option<Micros>,
    /// First moment after validity.
    pub valid_until: Option<Micros>,
    /// Limit of uses.
    pub max_total_uses: Option<i64>,
    /// Uses counted.
    pub used_total: Option<i64>,
    /// Audience flag.
    pub new_users_only: Option<bool>,
    /// Audience flag.
    pub first_purchase_only: Option<bool>,
    /// What it applies to.
    pub scope: Option<String>,
}

impl Row {
    /// Whether a moment lies outside its validity as it stands today.
    pub fn outside_validity(&self, at: Micros) -> bool {
        self.valid_from.is_some_and(|from| at < from) || self.valid_until.is_some_and(|until| at >= until)
    }

    /// Whether it is meant for some users only.
    pub fn restricted(&self) -> bool {
        self.new_users_only == Some(true) || self.first_purchase_only == Some(true)
    }
}

/// A pause (statement 2: status history and the replay of the guard over the code's failures).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub at: Micros,
    /// How that is known.
    pub source: Source,
    /// Since when the guard's rule held, where it held at the pause.
    pub guard_since: Option<Micros>,
    /// By whom, where the history tells.
    pub by: Option<String>,
}

/// The audience flags.
pub(super) const AUDIENCE: [&str; 2] = ["new_users_only", "first_purchase_only"];

/// A promotion that was announced for a campaign or its batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Its first moment.
    pub from: Micros,
    /// Its last moment.
    pub until: Micros,
    /// Who announced it.
    pub by: String,
    /// What they say of it.
    pub note: String,
}

impl From<(Micros, Micros)> for Announcement {
    fn from((from, until): (Micros, Micros)) -> Self {
        Self { from, until, ..Self::default() }
    }
}

/// Our own records (statement 3: action log, rotation, announcements, by campaign).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The reason given to our own pause.
    pub pause_reason: Option<String>,
    /// How many campaigns the same actor paused within a minute, this one included.
    pub paused_together: u32,
    /// We made it as the successor of a leaked code.
    pub successor: bool,
    /// We made a successor for it.
    pub rotated: bool,
    /// Fields fixed since the pause.
    pub fixed: Vec<String>,
    /// Promotions announced for it.
    pub announced: Vec<Announcement>,
}

impl Records {
    /// Whether one of these fields was fixed since the pause.
    pub fn has_fixed(&self, fields: &[&str]) -> bool {
        self.fixed.iter().any(|fixed| fields.contains(&fixed.as_str()))
    }
}

/// Why an attempt was NOT_APPLICABLE, as noted in the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Used already.
    AlreadyUsed,
    /// The limit was reached.
    Depleted,
    /// Not new, or not a first purchase.
    Audience,
    /// Something else.
    Other,
}

impl Reason {
    /// Reads the application's word.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "" => None,
            "ALREADY_USED" => Some(Self::AlreadyUsed),
            "DEPLETED" => Some(Self::Depleted),
            "NEW_USERS_ONLY" | "FIRST_PURCHASE_ONLY" => Some(Self::Audience),
            _ => Some(Self::Other),
        }
    }
}

/// One attempt on the campaign's code (statement 4: by code and time, one index range).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When.
    pub at: Micros,
    /// Who.
    pub user: Option<i64>,
    /// The answer.
    pub outcome: Outcome,
    /// The reason noted.
    pub reason: Option<Reason>,
    /// Whether it came from a program (source API), where that is known.
    pub api: Option<bool>,
    /// The client, as an opaque number.
    pub client: Option<u64>,
}

impl Tried {
    /// Whether the answer says no for good: a person who reads it tries no more.
    pub fn is_clear(&self) -> bool {
        matches!(self.outcome, Outcome::NotApplicable | Outcome::Expired)
    }
}

/// A user of the burst (statement 5: a bounded sample of users, each by the index on user and time).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct User {
    /// First activity of any kind before the evidence.
    pub first_seen: Option<Micros>,
    /// Last activity of any kind before the evidence.
    pub last_seen: Option<Micros>,
    /// Other campaigns' codes tried within the evidence.
    pub other_codes: u32,
    /// Unknown codes tried in the hour before the evidence's end.
    pub unknown_codes: u32,
    /// Times this code was accepted from them before the evidence.
    pub uses_before: u32,
    /// Whether they had bought anything before the evidence.
    pub bought_before: bool,
    /// Codes that answered them clearly before the evidence: NOT_APPLICABLE or EXPIRED,
    pub told: u32,
    /// ... and those of them that they went on with, [`GOES_ON`](super::answers::GOES_ON) times or more.
    pub went_on: u32,
}

/// A redemption of the campaign (statement 6: by campaign, newest first, up to a bound).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redeemed {
    /// Who.
    pub user: i64,
    /// When the code was accepted.
    pub at: Micros,
    /// When it was bought with.
    pub applied_at: Option<Micros>,
    /// Whether the purchase was paid back.
    pub paid_back: bool,
}

/// What was accepted before, against the row as it stands (statement 7: one aggregate a campaign over its redemptions).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Accepted at or after `valid_until` as it stands.
    pub after_end: u64,
    /// Accepted before `valid_from` as it stands.
    pub before_begin: u64,
    /// Users who used it more often than `max_uses_per_user` allows now.
    pub users_over_limit: u64,
    /// Accepted before the evidence from users who had bought before: the audience flags would reject them.
    pub accepted_buyers: u64,
    /// Accepted before the evidence.
    pub accepted: u64,
    /// Of its redemptions of any time before the evidence, those that were bought with.
    pub applied: u64,
    /// Users accepted in the day before the evidence,
    pub accepted_lately: u64,
    /// ... and users rejected by an audience flag then.
    pub turned_away_lately: u64,
    /// Purchases with its code,
    pub sold: u64,
    /// ... and those of a product that its scope as it stands does not cover.
    pub sold_outside_scope: u64,
    /// Whether its scope names a product that the shop sells. Where it does not, what it covers can only be learned from the
    /// other campaigns with it, and there may be none.
    pub scope_names_product: bool,
    /// When the latest redemptions before the evidence were made that led to no purchase, back to the last that did.
    pub not_bought: Vec<Micros>,
}

/// Columns without which users cannot be distinguished: nothing is said in favour of a paused campaign without them.
pub const NEEDED: [&str; 3] = ["campaigns.code_hash", "attempts.user_id", "redemptions.promo_code_id"];

/// Columns whose absence makes a verdict less certain.
pub const COLUMNS: [&str; 13] = [
    "campaigns.code_hash",
    "campaigns.max_uses_per_user",
    "campaigns.new_users_only",
    "campaigns.first_purchase_only",
    "attempts.user_id",
    "attempts.metadata",
    "redemptions.promo_code_id",
    "redemptions.user_id",
    "redemptions.applied_at",
    "purchases.user_id",
    "purchases.product_code",
    "purchases.created_at",
    "purchases.applied_promo_code_id",
];

/// Everything about one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The moment the verdict is for.
    pub as_of: Micros,
    /// The row.
    pub row: Row,
    /// The pause; `None` unless it is PAUSED.
    pub pause: Option<Pause>,
    /// Our own records.
    pub records: Records,
    /// The time that speaks for or against: before the pause and as long after it as the guard looks back, or the lookback.
    pub evidence: (Micros, Micros),
    /// Attempts on the code within the evidence, in order of time.
    pub attempts: Vec<Tried>,
    /// The users looked up.
    pub users: HashMap<i64, User>,
    /// Its redemptions, in order of time.
    pub redemptions: Vec<Redeemed>,
    /// What was accepted before.
    pub before: Before,
    /// Attempts of the lookback that failed because it is paused.
    pub pause_induced: u64,
    /// Columns that the application lacks, as `view.column`.
    pub missing: Vec<String>,
    /// Whether its users and its past were looked up.
    pub looked_up: bool,
}

impl Facts {
    /// How many attempts have a result that no rule knows, of all; none where these are the lesser part. What users do cannot be
    /// read from them.
    pub fn unread(&self) -> Option<(usize, usize)> {
        let all = self.attempts.len();
        let unread = self.attempts.iter().filter(|tried| tried.outcome == Outcome::Other).count();
        (2 * unread > all).then_some((unread, all))
    }

    /// A column that the application lacks, and without which users cannot be distinguished.
    pub fn lacks_needed(&self) -> Option<&'static str> {
        NEEDED.into_iter().find(|needed| self.missing.iter().any(|missing| missing == needed))
    }

    /// The redemptions within the evidence.
    pub fn redeemed(&self) -> impl Iterator<Item = &Redeemed> {
        self.redemptions.iter().filter(|r| (self.evidence.0..=self.evidence.1).contains(&r.at))
    }
}
