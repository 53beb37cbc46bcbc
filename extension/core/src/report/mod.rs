//! Communication (runbook section 6): when an incident began, and what can be said about it.

mod onset;
mod words;

pub use onset::{Burst, Minute, REACH, bursts, minutes};
pub use words::Words;
