//! Runbook section 3, against a real server.

mod bad_input;
mod batch;
mod fix;
mod pause;
mod rotate;
mod shop;
