//! Runbook section 1: what is the blast radius, what is paused, what fails.

mod blast_radius;
mod failed_attempts;
pub mod pause;
mod paused;

use promo_guard_core::clusters::Picture;
use promo_guard_core::triage::told_apart;

/// Whether codes of the type `base` can be picked out of a picture in the database's stead.
fn picked(base: &str, picture: &Picture) -> bool {
    matches!(base, "text" | "varchar" | "bpchar" | "bytea") && told_apart(picture)
}
