//! Runbook section 5: does every discount have its redemption, and every redemption its purchase?

pub mod drift;
mod probe;
mod probe_progress;
pub mod scan;
mod sketch;
mod summary;
mod violations;

pub use scan::{Scan, lacking};
pub use summary::{of as summary, violated};
pub use violations::counted;
