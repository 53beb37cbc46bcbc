//! Runbook section 1: what is the blast radius, what is paused, what fails.

mod blast_radius;
mod failed_attempts;
pub mod pause;
mod paused;

use crate::app::App;
use crate::failure::Answer;
use crate::window::Window;
use crate::{clusters, db, snapshot};
use promo_guard_core::clusters::Picture;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::told_apart;
use std::rc::Rc;

/// Whether hashes of the type `base` are equal in the database where they are here.
pub fn comparable(base: &str) -> bool {
    matches!(base, "text" | "varchar" | "bpchar" | "bytea")
}

/// The picture of the window, where codes of the type `base` can be picked out of it in the database's stead. Release 0.1.0 has
/// these functions and not the aggregate: there, until the extension is updated too, the database counts.
fn picked(app: &App, policy: &Policy, window: Window, base: &str) -> Answer<Option<Rc<Picture>>> {
    if !comparable(base) {
        return Ok(None);
    }
    let tallied = snapshot::once("tally", || {
        db::look_up(
            "SELECT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace AND proname = 'tally')",
            &[],
            |row| db::flag(row, 1),
        )
    })?;
    if tallied != [true] {
        return Ok(None);
    }
    Ok(Some(clusters::whole_picture(app, policy, window)?).filter(|picture| told_apart(picture)))
}
