//! Runbook 1.3: failures that belong together.

mod aggregate;
mod baseline;
mod datum;
mod facts;
mod failure_clusters;
mod handover;
mod picture;

#[allow(unused_imports, reason = "classify is about to ask for it")]
pub use picture::{Which, picture};
