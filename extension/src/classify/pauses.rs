//! The pauses of the campaigns to judge, and what our own records say about them.

use super::campaigns::Subject;
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::triage::pause;
use crate::window::{Window, micros, moment};
use pgrx::prelude::*;
use promo_guard_core::classify::{Pause, Records, Source};
use promo_guard_core::policy::Policy;
use promo_guard_core::triage;
use promo_guard_core::{Micros, Span};
use std::collections::HashMap;

/// Pauses of one actor within this time are one event.
const TOGETHER: Span = Span::from_minutes(1);

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

/// What our own records say of these pauses.
pub fn records(
    app: &App,
    window: &Window,
    subjects: &[Subject],
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
    together(app, subjects, pauses, &mut found)?;
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

/// An actor as a [pause](triage::Pause) names it.
fn actor(role: String, application: Option<String>) -> String {
    match application.filter(|name| !name.is_empty()) {
        Some(application) => format!("{role} ({application})"),
        None => role,
    }
}

/// How many campaigns the same actor paused within a minute: by the status history, else by the last edits of paused campaigns.
fn together(
    app: &App,
    subjects: &[Subject],
    pauses: &HashMap<i64, Pause>,
    found: &mut HashMap<i64, Records>,
) -> Answer<()> {
    let recorded = |pause: &Pause| pause.source == Source::History;
    let range = |moments: &[Micros]| -> Option<(TimestampWithTimeZone, TimestampWithTimeZone)> {
        let (first, last) = (moments.iter().min()?, moments.iter().max()?);
        Some((
            moment(first.saturating_sub(TOGETHER.micros())),
            moment(last.saturating_add(TOGETHER.micros())),
        ))
    };
    let times: Vec<Micros> = pauses.values().filter(|p| recorded(p)).map(|p| p.at).collect();
    if let Some((from, until)) = range(&times) {
        let changes = db::read(
            include_str!("../../../sql/query/classify/pauses_recorded.sql"),
            &[from.into(), until.into()],
            |row| {
                let at = row.get::<TimestampWithTimeZone>(2)?.map_or(Micros::MIN, micros);
                Ok((at, actor(db::text(row, 3)?, row.text(4)?), db::number(row, 1)?))
            },
        )?;
        for (id, pause) in pauses.iter().filter(|(_, p)| recorded(p)) {
            let from = changes.partition_point(|(at, ..)| *at < pause.at.saturating_sub(TOGETHER.micros()));
            let near = changes[from..]
                .iter()
                .take_while(|(at, ..)| *at <= pause.at.saturating_add(TOGETHER.micros()));
            let mut ids: Vec<i64> =
                near.filter(|(_, by, _)| Some(by) == pause.by.as_ref()).map(|(.., id)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            if let Some(records) = found.get_mut(id) {
                records.paused_together = ids.len() as u32;
            }
        }
    }
    let edited: Vec<(i64, Micros)> = subjects
        .iter()
        .filter(|s| pauses.get(&s.campaign.id).is_some_and(|p| !recorded(p)))
        .filter_map(|s| Some((s.campaign.id, micros(s.updated_at.filter(|at| at.is_finite())?))))
        .collect();
    let times: Vec<Micros> = edited.iter().map(|(_, at)| *at).collect();
    if let Some((from, until)) = range(&times) {
        let edits = app.read(
            include_str!("../../../sql/query/classify/paused_edits.sql"),
            &[from.into(), until.into()],
            |row| Ok(row.get::<TimestampWithTimeZone>(1)?.map_or(Micros::MIN, micros)),
        )?;
        for (id, at) in edited {
            let from = edits.partition_point(|edit| *edit < at.saturating_sub(TOGETHER.micros()));
            let until = edits.partition_point(|edit| *edit <= at.saturating_add(TOGETHER.micros()));
            if let Some(records) = found.get_mut(&id) {
                records.paused_together = (until - from) as u32;
            }
        }
    }
    Ok(())
}
