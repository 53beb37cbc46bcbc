//! Runbook section 6, against a real server.

mod bad_input;
mod golden;
mod incidents;
mod night;
mod page;
mod report;
mod shop;
