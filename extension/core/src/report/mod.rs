//! Communication (runbook section 6): when an incident began, and what can be said about it.

mod buckets;
mod impact;
mod onset;

pub use buckets::Buckets;
pub use impact::{Impact, METHOD, Users};
pub use onset::{Burst, Minute, REACH, around, bursts, has_earlier_days, minutes};
