//! The campaigns whose codes were tried.

use crate::clusters::Tried;
use crate::clusters::reading::Reading;
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::clusters::{Known, Picture, Settings, Status};
use promo_guard_core::triage::Pause;
use rustc_hash::FxHashMap;
use std::collections::HashMap;

/// Those that are PAUSED and on whose codes somebody failed, with their last edits.
pub fn paused(reading: &Reading, settings: &Settings) -> Vec<(i64, Option<Micros>)> {
    let failing =
        |row: &&Tried| row.paused && row.place.is_some_and(|code| failed(&reading.picture, code, settings));
    let of = |row: &Tried| (row.id.unwrap_or_default(), row.updated_at.map(micros));
    reading.tried.iter().filter(failing).map(of).collect()
}

/// All of them, each code once; of two campaigns with one code the first.
pub fn known(reading: &Reading, settings: &Settings, pauses: &HashMap<i64, Pause>) -> Answer<Vec<Known>> {
    let Reading { app, policy, picture, tried: rows, .. } = reading;
    let mut order: Vec<(u32, i64, &Tried)> =
        rows.iter().filter_map(|row| Some((row.place?, row.id.unwrap_or_default(), row))).collect();
    order.sort_unstable_by_key(|(code, id, _)| (*code, *id));
    order.dedup_by_key(|(code, ..)| *code);
    let mut known: Vec<Known> = Vec::with_capacity(order.len());
    let mut scopes: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let time = |at: Option<TimestampWithTimeZone>| at.filter(|at| at.is_finite()).map(micros);
    for (code, campaign, row) in order {
        if let Some(scope) = &row.scope {
            scopes.entry(scope).or_default().push(known.len());
        }
        known.push(Known {
            campaign,
            code,
            status: Status::read(row.status.as_deref().unwrap_or_default()),
            pause: pauses.get(&campaign).cloned(),
            valid_from: time(row.valid_from),
            valid_until: time(row.valid_until),
            max_total_uses: row.max_total_uses,
            used_total: row.used_total,
            audience: row.new_users_only == Some(true) || row.first_purchase_only == Some(true),
            scope_known: true,
            pauses: Vec::new(),
            pauses_recorded: false,
            earlier: None,
        });
    }
    // Which scopes can be bought in: those of policy, else those that another campaign has too. A scope matters where
    // somebody was turned away.
    let allowed = policy.known_scopes();
    let suspicious = |places: &[usize]| places.iter().any(|at| failed(picture, known[*at].code, settings));
    let asked: Vec<String> = scopes
        .iter()
        .filter(|(_, places)| suspicious(places))
        .map(|(scope, _)| (*scope).to_owned())
        .collect();
    let unknown: Vec<String> = if allowed.is_empty() {
        // Two campaigns of the window have it: nobody needs to be asked.
        let alone: Vec<String> = asked.into_iter().filter(|scope| scopes[scope.as_str()].len() < 2).collect();
        if alone.is_empty() {
            alone
        } else {
            app.read(
                include_str!("../../../../sql/query/clusters/lone_scopes.sql"),
                &[alone.into()],
                |row| db::text(row, 1),
            )?
        }
    } else {
        asked.into_iter().filter(|scope| !allowed.contains(scope)).collect()
    };
    for place in unknown.iter().filter_map(|scope| scopes.get(scope.as_str())).flatten() {
        known[*place].scope_known = false;
    }
    Ok(known)
}

/// Whether anybody failed on a code.
pub fn failed(picture: &Picture, code: u32, settings: &Settings) -> bool {
    picture.pairs[picture.pairs_of(code)]
        .iter()
        .any(|pair| picture.events_of(pair).iter().any(|event| settings.failures.contains(event.outcome)))
}
