//! The rows of the reference schema (`sql/reference/schema.sql`), one struct a table, with types that say what is meant.

use std::num::NonZeroI64;

use uuid::Uuid;

pub use crate::spelling::{
    AttemptResult, ChangedBy, DiscountType, LedgerEntryKind, PromoType, PurchaseStatus, Reason,
    RedemptionStatus, Source, Status,
};

use crate::code::CodeBook;
use crate::truth::Truth;

/// A point in time: microseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Micros(pub i64);

/// A user as the application numbers them; never zero, so that an absent one costs no byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub NonZeroI64);

impl UserId {
    /// The number itself.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0.get()
    }
}

/// `promo_codes.id`: up to 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CampaignId(pub i64);

/// A campaign's place in [`Dataset::campaigns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CampaignIdx(pub u32);

/// A code's place in [`Dataset::codes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashIdx(pub u32);

/// An amount in whole stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stars(pub i32);

/// What a code takes off: the arithmetic of the promo, exact integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Discount {
    /// The arithmetic.
    pub kind: DiscountType,
    /// Percent for PERCENT, stars for FIXED, 0 for FREE.
    pub value: i32,
}

impl Discount {
    /// The stars taken off a base price; for PERCENT what the user pays is rounded up.
    #[must_use]
    pub fn on(self, base: Stars) -> Stars {
        let base = i64::from(base.0);
        let value = i64::from(self.value);
        let off = match self.kind {
            DiscountType::Percent => base - (base * (100 - value) + 99).div_euclid(100),
            DiscountType::Fixed => base.min(value),
            DiscountType::Free => base,
        };
        Stars(off as i32)
    }
}

/// A row of `promo_codes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Primary key.
    pub id: CampaignId,
    /// Its code.
    pub code: HashIdx,
    /// The first letters of the code, safe to show.
    pub code_prefix: String,
    /// Shared by all codes of a batch.
    pub campaign_name: String,
    /// Grant or discount.
    pub promo_type: PromoType,
    /// Days given by a grant.
    pub grant_premium_days: Option<i32>,
    /// `None` on old rows and grants: PERCENT is meant.
    pub discount_type: Option<DiscountType>,
    /// Percent or stars; `None` on old rows, where `discount_percent` holds it.
    pub discount_value: Option<i32>,
    /// Set on PERCENT rows.
    pub discount_percent: Option<i32>,
    /// Product codes it is meant for; `None` = all of its scope.
    pub applicable_products: Option<Vec<&'static str>>,
    /// The family of products it is meant for.
    pub target_scope: String,
    /// As it stands at the end.
    pub status: Status,
    /// First moment of validity.
    pub valid_from: Micros,
    /// First moment after validity.
    pub valid_until: Micros,
    /// Total limit; `None` = none.
    pub max_total_uses: Option<i32>,
    /// Redemptions ever applied.
    pub used_total: i32,
    /// Limit a user.
    pub max_uses_per_user: i32,
    /// Audience flag.
    pub new_users_only: bool,
    /// Audience flag.
    pub first_purchase_only: bool,
    /// When the row was made.
    pub created_at: Micros,
    /// The last edit of any kind (trap 2: not the time of the pause).
    pub updated_at: Micros,
}

impl Campaign {
    /// The discount as it stands; `None` for a grant. A missing type means PERCENT.
    #[must_use]
    pub fn discount(&self) -> Option<Discount> {
        (self.promo_type == PromoType::Discount).then(|| Discount {
            kind: self.discount_type.unwrap_or(DiscountType::Percent),
            value: self.discount_value.or(self.discount_percent).unwrap_or(0),
        })
    }
}

/// A row of `promo_attempts`; its `id` is its place in [`Dataset::attempts`] plus one. 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// `attempted_at`.
    pub at: Micros,
    /// `user_id`; `None` for a client program that sent none.
    pub user: Option<UserId>,
    /// The code tried.
    pub code: HashIdx,
    /// What the application answered.
    pub result: AttemptResult,
    /// Where it came from.
    pub source: Source,
    /// The recorded reason.
    pub reason: Reason,
}

/// A row of `promo_redemptions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// Primary key.
    pub id: Uuid,
    /// `promo_code_id`, as a place.
    pub campaign: CampaignIdx,
    /// Who redeems.
    pub user: UserId,
    /// As it stands at the end.
    pub status: RedemptionStatus,
    /// End of the reservation.
    pub reserved_until: Option<Micros>,
    /// The purchase it went into.
    pub applied_purchase_id: Option<Uuid>,
    /// The discount as it stood when the code was accepted.
    pub snapshot: Option<Snapshot>,
    /// When the code was accepted.
    pub created_at: Micros,
    /// When it was applied; stays when it is revoked later.
    pub applied_at: Option<Micros>,
    /// Its last change of status.
    pub updated_at: Micros,
}

/// `promo_redemptions.validation_snapshot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// `{"discount_type": …, "discount_value": …}`
    Discount(Discount),
    /// `{"grant_premium_days": …}`
    Grant(i32),
}

impl Snapshot {
    /// The JSON of the column.
    #[must_use]
    pub fn to_json(self) -> String {
        match self {
            Self::Discount(d) => {
                format!(r#"{{"discount_type": "{}", "discount_value": {}}}"#, d.kind, d.value)
            }
            Self::Grant(days) => format!(r#"{{"grant_premium_days": {days}}}"#),
        }
    }
}

/// A row of `purchases`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Primary key.
    pub id: Uuid,
    /// Who buys.
    pub user: UserId,
    /// What.
    pub product_code: &'static str,
    /// The price before any discount.
    pub base: Stars,
    /// Taken off.
    pub discount: Stars,
    /// To pay.
    pub stars: Stars,
    /// As it stands at the end.
    pub status: PurchaseStatus,
    /// `applied_promo_code_id`, as a place.
    pub applied_promo: Option<CampaignIdx>,
    /// When it was made.
    pub created_at: Micros,
    /// When it was paid.
    pub paid_at: Option<Micros>,
    /// When the goods were given.
    pub credited_at: Option<Micros>,
    /// When it was paid back.
    pub refunded_at: Option<Micros>,
}

/// A row of `ledger`; its `id` is its place in [`Dataset::ledger`] plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The purchase.
    pub purchase_id: Uuid,
    /// Credit or debit.
    pub entry: LedgerEntryKind,
    /// In whole stars, positive.
    pub amount: Stars,
    /// When it was booked.
    pub created_at: Micros,
}

/// A promo application's tables at one moment, and the truth about how they came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The moment: nothing is dated after it, but rows that a configuration asks for.
    pub end: Micros,
    /// The first moment of the simulated history.
    pub begin: Micros,
    /// All codes ever tried.
    pub codes: CodeBook,
    /// `promo_codes`.
    pub campaigns: Vec<Campaign>,
    /// `promo_attempts`, in order of time.
    pub attempts: Vec<Attempt>,
    /// `promo_redemptions`.
    pub redemptions: Vec<Redemption>,
    /// `purchases`.
    pub purchases: Vec<Purchase>,
    /// `ledger`.
    pub ledger: Vec<LedgerEntry>,
    /// Every change of a campaign's status within the history, in order of time. The tables do not hold it.
    pub status_changes: Vec<StatusChange>,
    /// What was laid on top of the healthy traffic, and what should be concluded from it.
    pub truth: Truth,
}

impl Dataset {
    /// The campaign at a place.
    #[must_use]
    pub fn campaign(&self, idx: CampaignIdx) -> &Campaign {
        &self.campaigns[idx.0 as usize]
    }
}

/// One change of a campaign's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// The campaign.
    pub campaign: CampaignIdx,
    /// Before.
    pub from: Status,
    /// After.
    pub to: Status,
    /// When.
    pub at: Micros,
    /// By what.
    pub by: ChangedBy,
}
