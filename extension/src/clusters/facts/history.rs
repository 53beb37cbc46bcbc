//! When the campaigns were paused, by our own status history.

use super::campaigns::failed;
use crate::db;
use crate::failure::Answer;
use crate::setup::history::TRIGGER;
use crate::window::{Window, micros};
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::clusters::{Known, Picture, Settings, Status};
use promo_guard_core::triage::Stretch;
use rustc_hash::FxHashMap;

/// A recorded change.
struct Change {
    from: Option<String>,
    to: Option<String>,
    at: Micros,
    /// It was found when the history was attached, and happened at any time before.
    baseline: bool,
}

/// Puts the pauses of those codes on which somebody failed. A history counts as whole where it has been attached since before the
/// window and ends at the status that the campaign has: else somebody got past it, or was paused before it began.
pub fn pauses(known: &mut [Known], settings: &Settings, window: Window, picture: &Picture) -> Answer<()> {
    let ids: Vec<i64> =
        known.iter().filter(|k| failed(picture, k.code, settings)).map(|k| k.campaign).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let attached_since = db::read(
        include_str!("../../../../sql/query/clusters/history_since.sql"),
        &[TRIGGER.into(), window.until.into()],
        |row| row.get::<TimestampWithTimeZone>(1),
    )?;
    let attached_since = attached_since.into_iter().flatten().next();
    let mut changes: FxHashMap<i64, Vec<Change>> = FxHashMap::default();
    db::read(
        include_str!("../../../../sql/query/clusters/pauses.sql"),
        &[ids.into(), window.until.into()],
        |row| {
            let at = row.get::<TimestampWithTimeZone>(4)?.map_or(Micros::MIN, micros);
            let change = Change { from: row.get(2)?, to: row.get(3)?, at, baseline: db::flag(row, 5)? };
            changes.entry(db::number(row, 1)?).or_default().push(change);
            Ok(())
        },
    )?;
    let whole = attached_since.is_some_and(|since| since <= window.from);
    for one in known {
        let changes = changes.remove(&one.campaign).unwrap_or_default();
        one.pauses_recorded = whole
            && match changes.last() {
                Some(last) => Status::read(last.to.as_deref().unwrap_or_default()) == one.status,
                None => one.status != Status::Paused,
            };
        one.pauses = intervals(&changes, whole);
    }
    Ok(())
}

/// The pauses that changes tell of. A baseline ends a pause, at the latest then. It begins one only in a history that is whole:
/// the window lies after it.
fn intervals(changes: &[Change], whole: bool) -> Vec<Stretch> {
    let paused = |status: &Option<String>| status.as_deref() == Some("PAUSED");
    let mut found: Vec<Stretch> = Vec::new();
    for change in changes {
        if paused(&change.from) {
            match found.last_mut() {
                Some(last) if last.until.is_none() => last.until = Some(change.at),
                // It was paused before anything was recorded.
                _ => found.push(Stretch { from: Micros::MIN, until: Some(change.at) }),
            }
        }
        if paused(&change.to) && (whole || !change.baseline) {
            found.push(Stretch { from: change.at, until: None });
        }
    }
    found
}
