//! Runbook section 7: who must know, since when.

mod acknowledge;
mod context;
mod escalations;
mod rules;

pub use context::Context;
pub use escalations::of as found;
