//! Runbook section 3, against a real server.

mod pause;
mod shop;
