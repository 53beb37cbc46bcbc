//! Runbook section 7: who must know, since when.

mod acknowledge;
mod escalations;
mod look;
mod rules;

pub use escalations::of as found;
pub use look::Look;
