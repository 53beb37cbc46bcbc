//! Runbook section 2, against a real server.

mod generated;
mod scored;
mod shop;
mod traps;
