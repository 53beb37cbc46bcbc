//! Runbook section 2: a verdict on each campaign, with its evidence.

mod campaigns;
mod gather;
mod lookups;
mod verdicts;

pub use verdicts::{VIEWS, judge, of};
