//! Runbook section 4, against a real server.

mod checks;
mod judgement;
mod shop;
