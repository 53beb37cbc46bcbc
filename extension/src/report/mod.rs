//! Runbook section 6: what the on-call tells others.

mod incident;
pub mod onset;
