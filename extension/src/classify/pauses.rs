//! The pauses of the campaigns to judge, and what our own records say about them.

use super::campaigns::{Edit, Subject};
use super::together::{self, TOGETHER};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::triage::pause;
use crate::window::{Window, micros};
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::classify::{Pause, Records, Source};
use promo_guard_core::policy::Policy;
use promo_guard_core::triage;
use std::collections::HashMap;

/// Since when each paused campaign is paused. `dated`: those of which it is known already.
pub fn pauses(
    app: &App,
    policy: &Policy,
    window: &Window,
    subjects: &[Subject],
    dated: HashMap<i64, triage::Pause>,
) -> Answer<HashMap<i64, Pause>> {
    let unknown = subjects.iter().filter(|s| s.is_paused() && !dated.contains_key(&s.campaign.id));
    let paused: Vec<_> =
        unknown.map(|subject| (subject.campaign.id, subject.updated_at.map(micros))).collect();
    let mut found = pause::of(app, policy, &paused, window.until)?;
    found.extend(dated);
    Ok(found.into_iter().map(|(id, pause)| (id, of(pause, micros(window.until)))).collect())
}

/// A pause as the verdict sees it. One that nothing dates is taken for one of now.
fn of(pause: triage::Pause, as_of: Micros) -> Pause {
    Pause {
        at: pause.at.filter(|at| *at != Micros::MAX && *at != Micros::MIN).unwrap_or(as_of),
        source: pause.source,
        guard_since: pause.guard_since,
        by: pause.by().map(str::to_owned),
    }
}

/// What our own records say of these pauses. `edits`: the last edits of all that are paused, where they are known.
pub fn records(
    app: &App,
    window: &Window,
    (subjects, edits): (&[Subject], Option<&[Edit]>),
    pauses: &HashMap<i64, Pause>,
) -> Answer<HashMap<i64, Records>> {
    let mut found: HashMap<i64, Records> = pauses.keys().map(|id| (*id, Records::default())).collect();
    if found.is_empty() {
        return Ok(found);
    }
    let mut ids: Vec<i64> = found.keys().copied().collect();
    ids.sort_unstable();
    own_actions(&ids, window, pauses, &mut found)?;
    for (old, new) in db::read(
        include_str!("../../../sql/query/classify/rotations.sql"),
        &[ids.into(), window.until.into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?)),
    )? {
        if let Some(records) = found.get_mut(&old) {
            records.rotated = true;
        }
        if let Some(records) = found.get_mut(&new) {
            records.successor = true;
        }
    }
    together::count(app, (subjects, edits), pauses, &mut found)?;
    Ok(found)
}

/// The reason of our own pause, and the fields that were fixed after it.
fn own_actions(
    ids: &[i64],
    window: &Window,
    pauses: &HashMap<i64, Pause>,
    found: &mut HashMap<i64, Records>,
) -> Answer<()> {
    let rows = db::read(
        include_str!("../../../sql/query/classify/own_actions.sql"),
        &[ids.to_vec().into(), window.until.into()],
        |row| {
            Ok((
                db::number(row, 1)?,
                db::text(row, 2)?,
                row.text(4)?,
                row.get::<TimestampWithTimeZone>(5)?.map(micros),
                row.get::<Vec<String>>(6)?.unwrap_or_default(),
            ))
        },
    )?;
    for (id, action, reason, at, fields) in rows {
        let Some(records) = found.get_mut(&id) else { continue };
        // A recorded pause that came later was not ours.
        let later = |at: Micros| {
            pauses
                .get(&id)
                .is_some_and(|p| p.source == Source::History && p.at.saturating_sub(at) > TOGETHER.micros())
        };
        match action.as_str() {
            "pause" => {
                records.pause_reason = reason.filter(|_| !at.is_some_and(later));
                records.fixed.clear();
            }
            "unpause" => {
                records.pause_reason = None;
                records.fixed.clear();
            }
            "fix_campaign" => records.fixed.extend(fields),
            _ => {}
        }
    }
    Ok(())
}
