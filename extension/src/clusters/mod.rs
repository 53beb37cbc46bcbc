//! Runbook 1.3: failures that belong together.

mod aggregate;
mod baseline;
mod campaigns;
mod datum;
mod facts;
mod failure_clusters;
mod picture;

pub use campaigns::{Tried, by_id, tried};
pub use picture::{Which, picture};
