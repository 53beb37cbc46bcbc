//! The campaigns whose codes were tried.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::settle::scan::hash_type;
use crate::window::micros;
use pgrx::PgMemoryContexts;
use pgrx::prelude::*;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::clusters::{Known, Picture, Settings, Status};
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::{hash_among, hash_shown};
use std::collections::HashMap;

/// Codes are looked up so many at a time: it bounds the memory of a window with a million codes.
const CODES_AT_A_TIME: usize = 50_000;

/// All of them, each code once; of two campaigns with one code the first.
pub fn known(app: &App, policy: &Policy, settings: &Settings, picture: &Picture) -> Answer<Vec<Known>> {
    let base = hash_type()?;
    let sql = include_str!("../../../../sql/query/clusters/campaigns.sql")
        .replace("@hash_among@", hash_among(&base))
        .replace("@hash_shown@", hash_shown(&base));
    let mut known: Vec<Known> = Vec::new();
    let mut scopes: HashMap<String, Vec<usize>> = HashMap::new();
    for codes in picture.codes.chunks(CODES_AT_A_TIME) {
        // What a statement is given would live until the function ends; of millions of codes that is hundreds of megabytes.
        let mut room = PgMemoryContexts::new("promo_guard codes");
        let read = || {
            let hashes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            app.read(&sql, &[hashes.into()], |row| {
                let time = |column| {
                    row.get::<TimestampWithTimeZone>(column)
                        .map(|at| at.filter(|at| at.is_finite()).map(micros))
                };
                let hash = db::text(row, 2)?;
                let Some(code) = picture.find(&CodeHash::read(hash.trim_end_matches(' '))) else {
                    return Ok(None);
                };
                let one = Known {
                    campaign: db::number(row, 1)?,
                    code,
                    status: Status::read(row.get::<&str>(3)?.unwrap_or_default()),
                    updated_at: time(4)?,
                    valid_from: time(5)?,
                    valid_until: time(6)?,
                    max_total_uses: row.get(7)?,
                    used_total: row.get(8)?,
                    audience: db::flag(row, 9)?,
                    scope_known: true,
                    pauses: Vec::new(),
                    pauses_recorded: false,
                    earlier: None,
                };
                Ok(Some((one, row.get::<String>(10)?)))
            })
        };
        // SAFETY: nothing of what is read points into the room.
        let found = unsafe { room.switch_to(|_| read()) }?;
        for (one, scope) in found.into_iter().flatten() {
            if let Some(scope) = scope {
                scopes.entry(scope).or_default().push(known.len());
            }
            known.push(one);
        }
    }
    // Which scopes can be bought in: those of policy, else those that another campaign has too. A scope matters where
    // somebody was turned away.
    let allowed = policy.known_scopes();
    let suspicious = |places: &[usize]| places.iter().any(|at| failed(picture, known[*at].code, settings));
    let asked: Vec<String> =
        scopes.iter().filter(|(_, places)| suspicious(places)).map(|(scope, _)| scope.clone()).collect();
    let unknown: Vec<String> = if allowed.is_empty() {
        // Two campaigns of the window have it: nobody needs to be asked.
        let alone: Vec<String> = asked.into_iter().filter(|scope| scopes[scope].len() < 2).collect();
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
    for place in unknown.iter().filter_map(|scope| scopes.get(scope)).flatten() {
        known[*place].scope_known = false;
    }
    known.sort_by_key(|k| (k.code, k.campaign));
    known.dedup_by_key(|k| k.code);
    Ok(known)
}

/// Whether anybody failed on a code.
pub fn failed(picture: &Picture, code: u32, settings: &Settings) -> bool {
    picture.pairs[picture.pairs_of(code)]
        .iter()
        .any(|pair| picture.events_of(pair).iter().any(|event| settings.failures.contains(event.outcome)))
}
