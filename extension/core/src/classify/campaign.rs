//! A campaign's row as the verdict sees it.

use crate::Micros;

/// `promo_codes.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its code is taken.
    Active,
    /// Its code is answered with EXPIRED, whoever paused it.
    Paused,
    /// Its limit was reached.
    Depleted,
    /// Its time is over.
    Expired,
    /// A word that is none of these.
    Other,
}

impl Status {
    /// Reads the application's word.
    pub fn read(word: &str) -> Self {
        match word {
            "ACTIVE" => Self::Active,
            "PAUSED" => Self::Paused,
            "DEPLETED" => Self::Depleted,
            "EXPIRED" => Self::Expired,
            _ => Self::Other,
        }
    }
}

/// The campaign's row. `None` is a null, or a column that the application lacks: [`Facts::missing`](super::Facts) says which.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: i64,
    /// Its status today.
    pub status: Status,
    /// Valid from this moment on.
    pub valid_from: Option<Micros>,
    /// Valid until just before this moment.
    pub valid_until: Option<Micros>,
    /// Limit of uses.
    pub max_total_uses: Option<i64>,
    /// Uses counted.
    pub used_total: Option<i64>,
    /// What it applies to.
    pub scope: Option<String>,
    /// Whether policy `known_scopes` has its scope, or else another campaign; `None` where there is nothing to compare with.
    pub scope_known: Option<bool>,
    /// Audience flag.
    pub new_users_only: Option<bool>,
    /// Audience flag.
    pub first_purchase_only: Option<bool>,
    /// How many codes share its name, itself included.
    pub batch: i64,
}

impl Campaign {
    /// Whether an attempt at this moment fell outside its validity as it stands today.
    pub fn outside_validity(&self, at: Micros) -> bool {
        self.valid_from.is_some_and(|from| at < from) || self.valid_until.is_some_and(|until| at >= until)
    }

    /// Whether it is meant for some users only.
    pub fn restricted(&self) -> bool {
        self.new_users_only == Some(true) || self.first_purchase_only == Some(true)
    }
}
