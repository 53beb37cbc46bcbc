//! The campaign's row and its pause, as release 0.2.0 had them.

use promo_guard_core::Micros;
use promo_guard_core::classify::{Source, Status};

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

/// What is known of a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when, where that is known at all.
    pub at: Option<Micros>,
    /// How.
    pub source: Source,
    /// Start of the unbroken stretch in which the auto-pause rule held, where it held at the pause.
    pub guard_since: Option<Micros>,
    /// The reason given to our own `pause()`.
    pub reason: Option<String>,
}

impl Pause {
    /// Whether somebody or something explains it.
    pub fn explained(&self) -> bool {
        self.guard_since.is_some() || self.reason.is_some()
    }
}
