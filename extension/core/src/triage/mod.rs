//! Triage (runbook section 1): how far failures reach, which codes fail most, and when and why a campaign was paused.

mod assessment;
mod pause;
mod reach;

pub use assessment::{Batch, CampaignAssessment, Stats, batches, unknown_codes};
pub use pause::{Action, Cause, Pause, REACH, Recorded, STRETCH, Source, Stretch, Trail};
pub use reach::{Failing, Reach, failing, reach, told_apart};
