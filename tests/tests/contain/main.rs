//! Runbook section 3, against a real server.

mod bad_input;
mod batch;
mod by_hand;
mod fix;
mod pause;
mod rotate;
mod shop;
