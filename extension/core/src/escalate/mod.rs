//! Escalation (runbook section 7): who must know, since when.

mod paused;
mod rule;
mod say;

pub use paused::{Episode, episode};
pub use rule::{Rule, Target};
pub use say::{By, Detail, Worth};
