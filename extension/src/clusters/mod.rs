//! Runbook 1.3: failures that belong together.

mod aggregate;
mod baseline;
mod campaigns;
mod datum;
mod facts;
mod failure_clusters;
mod handover;
mod kept;
mod picture;

pub use campaigns::{Tried, by_id, tried};
pub use kept::{beside, kept_picture, note, noted, straight_from_a_table, whole_picture};
