//! Triage (runbook section 1): how far failures reach, which codes fail most, and when and why a campaign was paused.

mod assessment;
mod mass_pause;
mod pause;
mod reach;

pub use assessment::{Batch, CampaignAssessment, batches, unknown_codes};
pub use mass_pause::{MassPause, mass_pauses};
pub use pause::{Action, Cause, Pause, Recorded, STRETCH, Source, Stretch, Trail};
pub use reach::{Failing, Stats, failing, reach, told_apart};
