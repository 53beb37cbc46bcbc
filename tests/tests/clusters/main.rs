//! Failure clusters (runbook 1.3), against a real server.

mod bad_input;
mod baseline;
mod members;
mod plans;
mod rights;
mod sample;
mod shop;
mod surge;
mod traps;
mod types;
mod workers;
