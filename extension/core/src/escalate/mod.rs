//! Escalation (runbook section 7): who must know, since when.

mod paused;
mod rule;

pub use paused::{Episode, episode};
pub use rule::{Rule, Target};
