//! Runbook section 3: what may be changed of a paused campaign, and what it must be afterwards.

mod fix;

pub use fix::{Field, Given, InUse, Value, apply, check, read};
