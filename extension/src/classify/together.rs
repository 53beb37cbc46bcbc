//! How many campaigns one actor paused at once. The codes of a batch are one campaign: who pauses a batch decides on one thing.

use super::campaigns::{Edit, Subject};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::classify::{Pause, Records, Source};
use promo_guard_core::{Micros, Span};
use std::collections::HashMap;

/// Pauses of one actor within this time are one event.
pub(super) const TOGETHER: Span = Span::from_minutes(1);

/// A campaign by the name that its codes share, as a number, or by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Campaign {
    Named(usize),
    Unnamed(i64),
}

/// The numbers of names.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn campaign(&mut self, name: Option<String>, id: i64) -> Campaign {
        let next = self.0.len();
        match name.filter(|name| !name.is_empty()) {
            Some(name) => Campaign::Named(*self.0.entry(name).or_insert(next)),
            None => Campaign::Unnamed(id),
        }
    }
}

/// An actor as a [pause](promo_guard_core::triage::Pause) names it.
fn actor(role: String, application: Option<String>) -> String {
    match application.filter(|name| !name.is_empty()) {
        Some(application) => format!("{role} ({application})"),
        None => role,
    }
}

/// For each of these moments, in order, how many campaigns the events within [`TOGETHER`] of it are about. `events` are in order of time.
fn near(events: &[(Micros, Campaign)], moments: &[Micros]) -> Vec<u32> {
    let (mut first, mut end) = (0, 0);
    let mut within: HashMap<Campaign, u32> = HashMap::new();
    let of = |at: &Micros| {
        let (from, until) = (at.saturating_sub(TOGETHER.micros()), at.saturating_add(TOGETHER.micros()));
        while end < events.len() && events[end].0 <= until {
            *within.entry(events[end].1).or_default() += 1;
            end += 1;
        }
        while first < end && events[first].0 < from {
            if let Some(left) = within.get_mut(&events[first].1) {
                *left -= 1;
                if *left == 0 {
                    within.remove(&events[first].1);
                }
            }
            first += 1;
        }
        within.len() as u32
    };
    moments.iter().map(of).collect()
}

fn range(moments: &[Micros]) -> Option<(TimestampWithTimeZone, TimestampWithTimeZone)> {
    let (first, last) = (moments.iter().min()?, moments.iter().max()?);
    Some((moment(first.saturating_sub(TOGETHER.micros())), moment(last.saturating_add(TOGETHER.micros()))))
}

/// How many campaigns the same actor paused within a minute: by the status history, else by the last edits of paused campaigns.
/// `edits`: those of all that are paused, where they are known.
pub(super) fn count(
    app: &App,
    (subjects, edits): (&[Subject], Option<&[Edit]>),
    pauses: &HashMap<i64, Pause>,
    found: &mut HashMap<i64, Records>,
) -> Answer<()> {
    let (recorded, others): (Vec<_>, Vec<_>) =
        pauses.iter().partition(|(_, pause)| pause.source == Source::History);
    let mut tell = |mut moments: Vec<(Micros, i64)>, events: &[(Micros, Campaign)]| {
        moments.sort_unstable();
        let times: Vec<Micros> = moments.iter().map(|(at, _)| *at).collect();
        for ((_, id), campaigns) in moments.iter().zip(near(events, &times)) {
            if let Some(records) = found.get_mut(id) {
                records.paused_together = campaigns;
            }
        }
    };
    let mut names = Names::default();
    for (by, events) in by_actor(app, &recorded, &mut names)? {
        let own = recorded.iter().filter(|(_, pause)| pause.by.as_ref() == Some(&by));
        tell(own.map(|(id, pause)| (pause.at, **id)).collect(), &events);
    }
    let edited: HashMap<i64, Micros> = subjects
        .iter()
        .filter_map(|s| Some((s.campaign.id, micros(s.updated_at.filter(|at| at.is_finite())?))))
        .collect();
    let edited: Vec<(Micros, i64)> =
        others.iter().filter_map(|(id, _)| Some((*edited.get(id)?, **id))).collect();
    let times: Vec<Micros> = edited.iter().map(|(at, _)| *at).collect();
    if let Some((from, until)) = range(&times) {
        let mut edits = match edits {
            Some(edits) => edits.to_vec(),
            None => app.read(
                include_str!("../../../sql/query/classify/paused_edits.sql"),
                &[from.into(), until.into()],
                |row| {
                    let at = row.get::<TimestampWithTimeZone>(1)?.map_or(Micros::MIN, micros);
                    Ok((at, db::number(row, 2)?, row.text(3)?))
                },
            )?,
        };
        edits.sort_unstable_by_key(|(at, id, _)| (*at, *id));
        let edits: Vec<(Micros, Campaign)> =
            edits.into_iter().map(|(at, id, name)| (at, names.campaign(name, id))).collect();
        tell(edited, &edits);
    }
    Ok(())
}

type Events = Vec<(Micros, Campaign)>;

/// The recorded pauses around these, by actor, in order of time.
fn by_actor(app: &App, pauses: &[(&i64, &Pause)], names: &mut Names) -> Answer<HashMap<String, Events>> {
    let times: Vec<Micros> = pauses.iter().map(|(_, pause)| pause.at).collect();
    let Some((from, until)) = range(&times) else { return Ok(HashMap::new()) };
    let changes = db::read(
        include_str!("../../../sql/query/classify/pauses_recorded.sql"),
        &[from.into(), until.into()],
        |row| {
            let at = row.get::<TimestampWithTimeZone>(2)?.map_or(Micros::MIN, micros);
            Ok((at, actor(db::text(row, 3)?, row.text(4)?), db::number(row, 1)?))
        },
    )?;
    let mut ids: Vec<i64> = changes.iter().map(|(.., id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let named: HashMap<i64, Option<String>> = app
        .read(include_str!("../../../sql/query/triage/named.sql"), &[ids.into()], |row| {
            Ok((db::number(row, 1)?, row.text(2)?))
        })?
        .into_iter()
        .collect();
    let mut found: HashMap<String, Events> = HashMap::new();
    for (at, by, id) in changes {
        let campaign = names.campaign(named.get(&id).cloned().flatten(), id);
        found.entry(by).or_default().push((at, campaign));
    }
    Ok(found)
}
