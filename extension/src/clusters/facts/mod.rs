//! What the attempts of a window do not say themselves: a handful of set-based statements, each asked only where core says
//! that its answer matters.

mod before;
mod campaigns;
mod history;
mod seen;
mod slots;

pub use campaigns::paused;
pub use slots::days;

use super::aggregate::give_up;
use super::reading::Reading;
use crate::failure::Answer;
use crate::window::micros;
use promo_guard_core::clusters::{Draft, Facts, Settings, closer, closest};
use promo_guard_core::triage::Pause;
use std::collections::HashMap;

/// The facts about a window, and the draft that they were asked for with. `pauses`: of the campaigns that [`paused`] names.
pub fn facts(reading: &Reading, settings: &Settings, pauses: &HashMap<i64, Pause>) -> Answer<(Facts, Draft)> {
    let Reading { app, policy, window, picture, .. } = reading;
    let window = *window;
    let mut known = campaigns::known(reading, settings, pauses)?;
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
        let found = seen::seen(app, picture, asked, micros(window.from), policy.verdict_reach())?;
        let seen = facts.seen.get_or_insert_default();
        seen.asked.extend(found.asked);
        seen.users.extend(found.users);
        seen.codes.extend(found.codes);
    }
    Ok((facts, draft))
}
