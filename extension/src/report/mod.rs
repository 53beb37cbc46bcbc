//! Runbook section 6: what the on-call tells others.

mod compose;
mod incident;
pub mod onset;
mod parts;
mod scope;
mod timeline;
