//! What the attempts of a window do not say themselves: a handful of set-based statements, each asked only where core says
//! that its answer matters.

mod before;
mod campaigns;
mod history;
mod seen;
mod slots;

pub use slots::days;

use super::aggregate::give_up;
use crate::app::App;
use crate::failure::Answer;
use crate::window::{Window, micros};
use promo_guard_core::clusters::{Draft, Facts, Picture, Settings, Status, closer, closest};
use promo_guard_core::policy::Policy;

/// The facts about a picture, and the draft that they were asked for with.
pub fn facts(
    app: &App,
    policy: &Policy,
    settings: &Settings,
    window: Window,
    picture: &Picture,
) -> Answer<(Facts, Draft)> {
    let mut known = campaigns::known(app, policy, settings, picture)?;
    history::pauses(&mut known, settings, window, picture)?;
    pgrx::check_for_interrupts!();
    let mut draft = Draft::of(picture, &known, settings, &mut give_up);
    pgrx::check_for_interrupts!();
    let closer = closer(&draft, picture, settings);
    before::earlier(app, &mut known, &closer.codes, window)?;
    let named = known.iter().filter(|k| closer.codes.contains(&k.code)).map(|k| k.campaign).collect();
    let before = before::half_hour(app, policy, settings, named, window)?;
    let slots = if closer.slots { slots::same_slot(app, window, picture)? } else { Vec::new() };
    let mut facts = Facts { known, slots, before, seen: None };
    pgrx::check_for_interrupts!();
    // Some first, then the others where it still matters.
    for _ in 0..2 {
        let asked = closest(&mut draft, picture, &facts, settings, &mut give_up);
        if asked.users.is_empty() && asked.codes.is_empty() {
            break;
        }
        let found = seen::seen(app, picture, asked, micros(window.from))?;
        let seen = facts.seen.get_or_insert_default();
        seen.asked.extend(found.asked);
        seen.users.extend(found.users);
        seen.codes.extend(found.codes);
    }
    Ok((facts, draft))
}

/// Whether a campaign stands as one that is stopped.
fn is_paused(status: Status) -> bool {
    status == Status::Paused
}
