//! Runbook section 3, against a real server.

mod fix;
mod pause;
mod rotate;
mod shop;
