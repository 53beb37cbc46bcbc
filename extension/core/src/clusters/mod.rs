//! Failure clusters (runbook 1.3): which failures belong together, and what each group is.

mod picture;

pub use picture::{Event, Pair, Picture};
