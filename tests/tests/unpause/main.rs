//! Runbook section 4, against a real server.

mod busy;
mod changing;
mod checks;
mod crash;
mod held_out;
mod interleavings;
mod judgement;
mod overridden;
mod promoctl;
mod refusals;
mod shop;
mod terminal;
mod together;
mod traps;
