//! Runbook section 7: who must know, since when.

mod acknowledge;
mod context;
mod escalations;
mod metrics;
mod rules;

pub use context::{Context, remembered};
pub use escalations::of as found;
