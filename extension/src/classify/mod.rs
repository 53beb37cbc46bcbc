//! Runbook section 2: a verdict on each campaign, with its evidence.

mod announced;
mod asked;
mod attempts;
mod batches;
mod by_time;
mod campaigns;
mod gather;
mod lookups;
mod pauses;
mod people;
mod products;
mod together;
mod verdicts;

pub use announced::read as announced;
pub use batches::JudgedBatch;
pub use campaigns::{Edit, Subject, batches, paused_or_tried};
pub use lookups::ingestion;
pub use verdicts::{VIEWS, judge, of, of_reading, rulings};
