//! Runbook section 7, against a real server: each rule fires, and does not fire where it should not.

mod acknowledge;
mod bad_input;
mod data;
mod events;
mod history;
mod paused;
mod shop;
