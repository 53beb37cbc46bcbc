//! A campaign: one promo code with its terms.

use crate::Micros;

/// The word for a campaign that may be redeemed.
pub const ACTIVE: &str = "ACTIVE";
/// The word for one that is paused.
pub const PAUSED: &str = "PAUSED";

/// A campaign as the adapter view shows it; what the application lacks, or left null, is `None`.
///
/// Infinite times are the ends of [`Micros`], as PostgreSQL has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Campaign {
    /// Its id.
    pub id: i64,
    /// Its name; the codes that share one are a batch.
    pub name: Option<String>,
    /// First characters of the code, for people.
    pub prefix: Option<String>,
    /// PREMIUM_GRANT or PERCENT_DISCOUNT.
    pub promo_type: Option<String>,
    /// PERCENT, FIXED or FREE.
    pub discount_type: Option<String>,
    /// Per cent or stars.
    pub discount_value: Option<i64>,
    /// Per cent, of an older make.
    pub discount_percent: Option<i64>,
    /// What the code applies to.
    pub target_scope: Option<String>,
    /// ACTIVE, PAUSED, EXPIRED or DEPLETED.
    pub status: Option<String>,
    /// Valid from this moment on.
    pub valid_from: Option<Micros>,
    /// Valid until just before this moment.
    pub valid_until: Option<Micros>,
    /// Limit of uses; none = no limit.
    pub max_total_uses: Option<i64>,
    /// Uses counted by the application.
    pub used_total: Option<i64>,
    /// Limit of uses a user.
    pub max_uses_per_user: Option<i64>,
    /// For new users only.
    pub new_users_only: Option<bool>,
    /// For first purchases only.
    pub first_purchase_only: Option<bool>,
    /// When it was made.
    pub created_at: Option<Micros>,
    /// Last edit of any kind: not the time of a pause (trap 2).
    pub updated_at: Option<Micros>,
}

impl Campaign {
    /// Whether its status is this word.
    pub fn is(&self, status: &str) -> bool {
        self.status.as_deref() == Some(status)
    }

    /// Whether both say the same of everything that a decision is about: not of `used_total` and `updated_at`, which move
    /// under live traffic, and not of what is there for people only.
    pub fn same_terms(&self, other: &Self) -> bool {
        let still = |c: &Self| Self {
            used_total: None,
            updated_at: None,
            created_at: None,
            name: None,
            prefix: None,
            ..c.clone()
        };
        still(self) == still(other)
    }
}
