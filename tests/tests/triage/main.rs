//! Runbook section 1, against a real server.

mod bad_input;
mod generated;
mod kept;
mod paused;
mod runbook;
mod traps;
mod types;
