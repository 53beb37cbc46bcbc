//! Runbook section 2, against a real server.

mod announce;
mod batches;
mod client;
mod evidence;
mod generated;
mod scored;
mod shop;
mod traps;
