//! A seeded simulation of a promo application, with labelled incidents.
//!
//! [`generate`] plays a promo application on the reference schema, minute by minute: customers come and go, codes are
//! answered, reservations lapse, payments are credited and refunded, the guard pauses. [`Config`] says how much of
//! it, and which incidents to lay on top; [`Dataset`] holds the rows and [`Truth`] what should be concluded from
//! them. No clock, no files, no database: the same configuration gives the same data for ever, and another
//! [`Config::end`] only moves it in time.
//!
//! ```
//! use promo_guard_generator::{Config, Incident, IncidentKind, Intensity, Micros, Verdict, generate};
//!
//! let noon = Micros(1_767_268_800_000_000);
//! let config = Config::small(7, noon).with(Incident::new(IncidentKind::Hammered, Intensity::Medium, 45));
//! let data = generate(&config);
//! let hit = data.truth.incidents[0].campaigns[0];
//! assert_eq!(data.truth.verdict(hit), Verdict::AbuseLikely);
//! ```

mod catalogue;
mod code;
mod config;
mod customers;
mod demo;
mod guard;
mod history;
mod incidents;
mod model;
mod queue;
mod rng;
mod settlement;
mod shop;
mod sim;
mod spelling;
mod truth;
mod users;

pub use catalogue::{ANY_SCOPE, PRODUCTS, Product};
pub use code::{CodeBook, CodeHash, PEPPER, normalise};
pub use config::{Config, Defects, Incident, IncidentKind, Intensity, Target};
pub use guard::{GUARD_LOOKBACK, GUARD_MIN_FAILURES, GUARD_MIN_USERS};
pub use model::{
    Attempt, AttemptResult, Campaign, CampaignId, CampaignIdx, ChangedBy, Dataset, Discount, DiscountType,
    HashIdx, LedgerEntry, LedgerEntryKind, Micros, PromoType, Purchase, PurchaseStatus, Reason, Redemption,
    RedemptionStatus, Snapshot, Source, Stars, Status, StatusChange, UserId,
};
pub use settlement::{Planted, Rule, add_pending_look_alikes, plant, plant_since};
pub use truth::{
    CampaignTruth, Cluster, ClusterId, ClusterKind, IncidentTruth, LabelledPair, Truth, Verdict,
};

/// Simulates what a configuration asks for.
///
/// # Panics
/// Where the configuration cannot be met: an incident on the campaign of a later one, more incidents than campaigns.
#[must_use]
pub fn generate(config: &Config) -> Dataset {
    history::write(config)
}
