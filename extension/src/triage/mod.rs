//! Runbook section 1: what is the blast radius, what is paused, what fails.

pub mod assessment;
pub mod blast_radius;
mod failed_attempts;
mod failure_clusters;
mod find;
pub mod overview;
mod page;
pub mod pause;
pub mod paused;
pub mod standing;
