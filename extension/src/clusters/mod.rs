//! Runbook 1.3: failures that belong together.

mod aggregate;
mod baseline;
mod campaigns;
mod datum;
mod facts;
mod picture;
mod reading;

pub use aggregate::give_up;
pub use baseline::{Shown as Normal, of as baseline, results};
pub use campaigns::{Tried, by_id, names};
pub use facts::{facts, paused};
pub use picture::{Which, picture};
pub use reading::Reading;
