//! Runbook section 4, against a real server.

mod busy;
mod checks;
mod crash;
mod interleavings;
mod judgement;
mod promoctl;
mod refusals;
mod shop;
mod traps;
