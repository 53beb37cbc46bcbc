//! The rows of the four tables, and of our own records where the shop keeps them. Times are microseconds since 2000-01-01 UTC.

/// `promo_codes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: i64,
    /// Its name; the codes of a batch share one.
    pub name: String,
    /// Its code, as a number that stands for the hash.
    pub code: u64,
    /// What it applies to; ANY = everything.
    pub scope: &'static str,
    /// Its status.
    pub status: Status,
    /// First moment of validity.
    pub valid_from: i64,
    /// First moment after validity.
    pub valid_until: i64,
    /// Limit of uses.
    pub max_total_uses: Option<i64>,
    /// Redemptions ever applied.
    pub used_total: i64,
    /// Limit of uses a user.
    pub max_uses_per_user: i64,
    /// Audience flag.
    pub new_users_only: bool,
    /// Audience flag.
    pub first_purchase_only: bool,
    /// When the row was made.
    pub created_at: i64,
    /// The last edit.
    pub updated_at: i64,
}

/// `promo_codes.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The code is taken.
    Active,
    /// Everybody gets EXPIRED.
    Paused,
    /// Over.
    Expired,
    /// Used up.
    Depleted,
}

/// `promo_attempts.result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Taken.
    Accepted,
    /// No such code.
    Invalid,
    /// Paused, over or not begun.
    Expired,
    /// Not for this user, used already, or used up.
    NotApplicable,
    /// The limiter answered.
    RateLimited,
}

/// `promo_attempts.metadata->>'reason'`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The user has redeemed it as often as one may.
    AlreadyUsed,
    /// The limit is reached.
    Depleted,
    /// For new users only.
    NewUsersOnly,
    /// For a first purchase only.
    FirstPurchaseOnly,
}

/// `promo_attempts.source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Typed.
    Command,
    /// A button or link.
    Button,
    /// A program.
    Api,
}

/// `promo_attempts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: i64,
    /// Who.
    pub user: i64,
    /// Which code.
    pub code: u64,
    /// The answer.
    pub answer: Answer,
    /// Where it came from.
    pub source: Source,
    /// The reason noted.
    pub reason: Option<Reason>,
    /// The device, where the application notes it.
    pub client: Option<u64>,
}

/// `promo_redemptions.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Reserved for a purchase.
    Reserved,
    /// Bought.
    Applied,
    /// The reservation lapsed.
    Lapsed,
    /// The purchase was paid back.
    Revoked,
}

/// `promo_redemptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redemption {
    /// The campaign's place.
    pub campaign: usize,
    /// Who.
    pub user: i64,
    /// Its status.
    pub status: Held,
    /// When the code was accepted.
    pub created_at: i64,
    /// When it was applied.
    pub applied_at: Option<i64>,
}

/// `purchases`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// Who.
    pub user: i64,
    /// The campaign's place, where a code was applied.
    pub campaign: Option<usize>,
    /// What.
    pub product: &'static str,
    /// When.
    pub created_at: i64,
    /// When it was paid back.
    pub refunded_at: Option<i64>,
}

/// Who changed a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The auto-pause job.
    Guard,
    /// The job that ends campaigns.
    Job,
    /// A person, by number.
    Person(u32),
}

/// Our status history, where it is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The campaign's place.
    pub campaign: usize,
    /// After.
    pub to: Status,
    /// When.
    pub at: i64,
    /// By whom.
    pub by: Actor,
}

/// Our action log and announcements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The campaign's place.
    pub campaign: usize,
    /// When.
    pub at: i64,
    /// What.
    pub what: Deed,
}

/// What was done through us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Paused, with a reason.
    Pause(String),
    /// Made as the successor of a leaked code.
    Successor,
    /// Replaced by a successor.
    Rotated,
    /// A promotion was announced for this time.
    Announce(i64, i64),
}

/// A shop at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Shop {
    /// The seed it was made from.
    pub seed: u64,
    /// The moment.
    pub end: i64,
    /// The first moment of its history.
    pub begin: i64,
    /// `promo_codes`.
    pub campaigns: Vec<Campaign>,
    /// `promo_attempts`, in order of time.
    pub attempts: Vec<Attempt>,
    /// `promo_redemptions`, in order of time.
    pub redemptions: Vec<Redemption>,
    /// `purchases`, in order of time.
    pub purchases: Vec<Purchase>,
    /// Every change of a status. Only a shop with `history` shows it.
    pub changes: Vec<Change>,
    /// Whether our status history is attached.
    pub history: bool,
    /// Our own records.
    pub actions: Vec<Action>,
    /// What is true, one for each campaign that something happened to.
    pub truth: Vec<crate::truth::Truth>,
}
