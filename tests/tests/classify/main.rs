//! Runbook section 2, against a real server.

mod announce;
mod client;
mod evidence;
mod generated;
mod scored;
mod shop;
mod traps;
