//! Runbook section 1, against a real server.

mod agreement;
mod bad_input;
mod generated;
mod paused;
mod runbook;
mod snapshots;
mod traps;
mod types;
