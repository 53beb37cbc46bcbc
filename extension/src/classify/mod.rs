//! Runbook section 2: a verdict on each campaign, with its evidence.

mod announced;
mod asked;
mod campaigns;
mod gather;
mod lookups;
mod pauses;
mod people;
mod products;
mod verdicts;

pub use campaigns::{Subject, batches, paused_or_tried};
pub use lookups::ingestion;
pub use verdicts::{VIEWS, judge, of, of_reading, rulings};
