//! The campaigns whose codes were tried in a window.

use crate::app::App;
use crate::db::{self, Row};
use crate::failure::Answer;
use crate::memory;
use crate::settle::scan::hash_type;
use pgrx::PgMemoryContexts;
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::clusters::Picture;
use promo_guard_core::settle::{hash_among, hash_shown};
use std::collections::HashMap;

/// Codes are looked up so many at a time: it bounds the memory of a window with a million codes.
const CODES_AT_A_TIME: usize = 50_000;
/// What a code takes as a text, in the array, in the plan and in the rows of a statement. The server allocates most of it in small
/// pieces, and must not take the last memory for them: pgrx could not report the error then.
const BYTES_A_CODE: usize = 512;

/// A campaign's row.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Its id; none only behind a view written by hand.
    pub id: Option<i64>,
    /// Its code.
    pub code: Option<CodeHash>,
    /// The place of that in the picture.
    pub place: Option<u32>,
    /// Its name.
    pub name: Option<String>,
    /// First characters of its code.
    pub prefix: Option<String>,
    /// Its status as the application spells it.
    pub status: Option<String>,
    /// Whether the database takes that for PAUSED.
    pub paused: bool,
    /// Its last edit.
    pub updated_at: Option<TimestampWithTimeZone>,
    /// Valid from this moment on.
    pub valid_from: Option<TimestampWithTimeZone>,
    /// Valid until just before this moment.
    pub valid_until: Option<TimestampWithTimeZone>,
    /// Limit of uses.
    pub max_total_uses: Option<i64>,
    /// Uses counted.
    pub used_total: Option<i64>,
    /// What it applies to.
    pub scope: Option<String>,
    /// Audience flag.
    pub new_users_only: Option<bool>,
    /// Audience flag.
    pub first_purchase_only: Option<bool>,
}

/// The names of campaigns, those that have one.
///
/// # Errors
/// As [`App::read`].
pub fn names(app: &App, ids: Vec<i64>) -> Answer<HashMap<i64, String>> {
    let rows = app.read(include_str!("../../../sql/query/clusters/names.sql"), &[ids.into()], |row| {
        Ok((db::number(row, 1)?, row.text(2)?))
    })?;
    Ok(rows.into_iter().filter_map(|(id, name)| Some((id, name?))).collect())
}

/// The campaigns that have the codes of a window's picture, in no order. One row each, however the database compares codes; several
/// campaigns may have codes that it takes for equal.
///
/// # Errors
/// As [`App::read`].
pub fn tried(app: &App, picture: &Picture) -> Answer<Vec<Tried>> {
    let base = hash_type()?;
    let sql = statement(&base, &hash_among(&base));
    let mut all = Vec::new();
    for codes in picture.codes.chunks(CODES_AT_A_TIME) {
        memory::ask_for(BYTES_A_CODE * codes.len());
        // A statement's parameters live until the function ends; of millions of codes that is hundreds of megabytes.
        let mut room = PgMemoryContexts::new("promo_guard codes");
        let read = || {
            let hashes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            app.read(&sql, &[hashes.into()], |row| {
                let code = CodeHash::read(db::text(row, 2)?.trim_end_matches(' '));
                let place = picture.find(&code);
                one(row, Some(code), place)
            })
        };
        // SAFETY: nothing of what is read points into the room.
        all.extend(unsafe { room.switch_to(|_| read()) }?);
    }
    if picture.codes.len() > CODES_AT_A_TIME {
        // Two codes that are one to the database are looked up twice where they are far apart.
        all.sort_by_key(|tried: &Tried| tried.id);
        all.dedup_by_key(|tried| tried.id);
    }
    Ok(all)
}

/// The campaigns of these ids, and with `paused` all that are paused, in order of id; places are not looked for.
///
/// # Errors
/// As [`App::read`].
pub fn by_id(app: &App, ids: Vec<i64>, paused: bool) -> Answer<Vec<Tried>> {
    let which = if paused { "c.id = ANY ($1) OR c.status = 'PAUSED'" } else { "c.id = ANY ($1)" };
    let sql = statement(&hash_type()?, &format!("{which} ORDER BY c.id"));
    app.read(&sql, &[ids.into()], |row| {
        let code = row.text(2)?.map(|hash| CodeHash::read(hash.trim_end_matches(' ')));
        one(row, code, None)
    })
}

/// The statement for those of which a condition holds; hashes are of the type `base`.
fn statement(base: &str, which: &str) -> String {
    include_str!("../../../sql/query/clusters/campaigns.sql")
        .replace("@hash_shown@", hash_shown(base))
        .replace("@which@", which)
}

fn one(row: &Row<'_>, code: Option<CodeHash>, place: Option<u32>) -> SpiResult<Tried> {
    Ok(Tried {
        id: row.get(1)?,
        code,
        place,
        name: row.text(3)?,
        status: row.text(4)?,
        paused: db::flag(row, 5)?,
        updated_at: row.get(6)?,
        valid_from: row.get(7)?,
        valid_until: row.get(8)?,
        max_total_uses: row.get(9)?,
        used_total: row.get(10)?,
        scope: row.text(11)?,
        new_users_only: row.get(12)?,
        first_purchase_only: row.get(13)?,
        prefix: row.text(14)?,
    })
}
