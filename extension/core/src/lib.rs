//! The rules of promo_guard as pure functions: no PostgreSQL, no clock, no I/O. What they need is handed to them, so each
//! of them can be tested alone and gives the same answer for the same data.
//!
//! A module is a section of the runbook (see the table in DESIGN), under the same name as in the extension, the install
//! scripts and the commands:
//!
//! * setup: [`binding`] knows the application's tables and columns, [`policy`] every threshold and setting;
//! * triage: [`attempt`] is what was tried, [`triage`] counts how far failures reach, [`guard`] replays the application's
//!   auto-pause rule, [`clusters`] puts failures together that belong together;
//! * classify: [`classify`] says what is going on with a campaign;
//! * contain and unpause: [`campaign`] is what is paused, fixed and unpaused, [`contain`] judges a fix, [`unpause`] computes
//!   the checks and decides, [`bake`] judges the minutes after;
//! * settle: [`settle`] holds the settlement rules and puts them together, and answers what a code would be told now;
//! * report: [`report`] says when an incident began;
//! * escalate: [`escalate`] says who must know, and since when.

#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

pub mod attempt;
pub mod bake;
pub mod binding;
pub mod campaign;
#[cfg(test)]
mod catalogue;
pub mod classify;
pub mod clusters;
pub mod contain;
pub mod escalate;
pub mod guard;
pub mod moment;
pub mod policy;
pub mod reach;
mod refusal;
pub mod report;
pub mod settle;
mod span;
mod text;
pub mod triage;
pub mod unpause;
pub mod words;

pub use refusal::{Refusal, SqlState};
pub use span::Span;
pub use text::Text;
pub use words::counted;

/// Microseconds since 2000-01-01 00:00 UTC, PostgreSQL's own count.
pub type Micros = i64;
