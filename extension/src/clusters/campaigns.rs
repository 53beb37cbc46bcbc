//! The campaigns whose codes were tried in a window, read once for all who ask by the same picture: how far it reaches, what
//! belongs together, and what the verdicts are.

use super::kept::{beside, straight_from_a_table};
use crate::app::App;
use crate::db::{self, Row};
use crate::failure::Answer;
use crate::settle::scan::hash_type;
use crate::setup::{relation, views};
use crate::snapshot;
use crate::triage::comparable;
use crate::window::Window;
use pgrx::PgMemoryContexts;
use pgrx::prelude::*;
use pgrx::spi::SpiResult;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::Picture;
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::{hash_among, hash_shown};
use promo_guard_core::triage::told_apart;
use std::rc::Rc;

/// Codes are looked up so many at a time: it bounds the memory of a window with a million codes. The campaigns of more are not kept.
const CODES_AT_A_TIME: usize = 50_000;

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
    /// Its status as the application spells it.
    pub status: Option<Rc<str>>,
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
    pub scope: Option<Rc<str>>,
    /// Audience flag.
    pub new_users_only: Option<bool>,
    /// Audience flag.
    pub first_purchase_only: Option<bool>,
}

/// The campaigns that have the codes of a window's picture, in no order. One row each, however the database compares codes; codes
/// that it takes for the same may be several campaigns'.
///
/// # Errors
/// As [`App::read`].
pub fn tried(app: &App, policy: &Policy, window: Window, picture: &Picture) -> Answer<Rc<Vec<Tried>>> {
    let read = || read(app, picture).map(Rc::new);
    if picture.codes.len() > CODES_AT_A_TIME {
        read()
    } else {
        beside(app, policy, window, "campaigns", read)
    }
}

/// The campaigns of these ids, or those that are paused too, in order of id; places are not looked for.
///
/// # Errors
/// As [`App::read`].
pub fn by_id(app: &App, ids: Vec<i64>, paused: bool) -> Answer<Vec<Tried>> {
    let sql = statement(&hash_type()?, "c.id = ANY ($1) OR ($2 AND c.status = 'PAUSED') ORDER BY c.id");
    let mut same = Default::default();
    app.read(&sql, &[ids.into(), paused.into()], |row| {
        let code = row.text(2)?.map(|hash| CodeHash::read(hash.trim_end_matches(' ')));
        one(row, code, None, &mut same)
    })
}

/// The statement for those of which a condition holds; hashes are of the type `base`.
fn statement(base: &str, which: &str) -> String {
    include_str!("../../../sql/query/clusters/campaigns.sql")
        // One of a fixed length comes with its blanks: the database would look for them letter by letter.
        .replace("@hash_shown@", if base == "bpchar" { "c.code_hash::bpchar" } else { hash_shown(base) })
        .replace("@which@", which)
}

fn read(app: &App, picture: &Picture) -> Answer<Vec<Tried>> {
    let base = hash_type()?;
    if let Some(all) = few(app, &base, picture)? {
        return Ok(all);
    }
    let sql = statement(&base, hash_among(&base));
    let finder = picture.finder();
    let (mut all, mut same) = (Vec::new(), Default::default());
    for codes in picture.codes.chunks(CODES_AT_A_TIME) {
        // What a statement is given would live until the function ends; of millions of codes that is hundreds of megabytes.
        let mut room = PgMemoryContexts::new("promo_guard codes");
        let mut read = || {
            let hashes: Vec<String> = codes.iter().map(ToString::to_string).collect();
            app.read(&sql, &[hashes.into()], |row| {
                let code = CodeHash::read(db::text(row, 2)?.trim_end_matches(' '));
                let place = finder.find(&code);
                one(row, Some(code), place, &mut same)
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

/// The same where there are not many more campaigns than codes: then all are read and the codes compared here, which is less work
/// than planning with thousands of them. `None` where there are many, or only the database can compare.
fn few(app: &App, base: &str, picture: &Picture) -> Answer<Option<Vec<Tried>>> {
    let most = 2 * picture.codes.len() as i64;
    if !comparable(base) || !told_apart(picture) || !about_all()?.is_some_and(|all| (0..=most).contains(&all))
    {
        return Ok(None);
    }
    // There may be more by now than was known.
    let sql = statement(base, "true LIMIT $1");
    let limit = 2 * most + 1_000;
    let finder = picture.finder();
    let (mut all, mut same) = (Vec::new(), Default::default());
    let rows = app.look_up(&sql, &[limit.into()], |row| {
        let code = row.ascii(2)?.and_then(|hash| CodeHash::digest(hash.trim_end_matches(' ').as_bytes()));
        if let Some(code) = code.map(CodeHash::Digest)
            && let Some(place) = finder.find(&code)
        {
            all.push(one(row, Some(code), Some(place), &mut same)?);
        }
        Ok(())
    })?;
    Ok((rows.len() < limit as usize).then_some(all))
}

/// About how many campaigns there are, as far as a table has them.
fn about_all() -> Answer<Option<i64>> {
    if !straight_from_a_table(Entity::Campaigns)? {
        return Ok(None);
    }
    snapshot::once("about how many campaigns", || {
        let remembered = views::remembered()?.into_iter().find(|r| r.bound && r.entity == Entity::Campaigns);
        let Some((schema, name)) = remembered.and_then(|r| r.relation) else { return Ok(None) };
        let Some(table) = relation::find(&schema, &name)? else { return Ok(None) };
        let sql = include_str!("../../../sql/query/clusters/few_campaigns.sql");
        let about = db::look_up(sql, &[table.into()], |row| db::number(row, 1))?;
        Ok(about.into_iter().next())
    })
}

/// The last word of a column: nearly all rows have one of few, and next to each other the same one.
#[derive(Default)]
struct Same(Option<Rc<str>>);

impl Same {
    fn word(&mut self, row: &Row<'_>, column: usize) -> SpiResult<Option<Rc<str>>> {
        let Some(word) = row.ascii(column)? else { return Ok(row.text(column)?.map(Rc::from)) };
        if self.0.as_deref() != Some(word) {
            self.0 = Some(word.into());
        }
        Ok(self.0.clone())
    }
}

/// A row; `same` are the status and the scope of the one before.
fn one(
    row: &Row<'_>,
    code: Option<CodeHash>,
    place: Option<u32>,
    same: &mut (Same, Same),
) -> SpiResult<Tried> {
    Ok(Tried {
        id: row.get(1)?,
        code,
        place,
        name: row.text(3)?,
        status: same.0.word(row, 4)?,
        paused: db::flag(row, 5)?,
        updated_at: row.get(6)?,
        valid_from: row.get(7)?,
        valid_until: row.get(8)?,
        max_total_uses: row.get(9)?,
        used_total: row.get(10)?,
        scope: same.1.word(row, 11)?,
        new_users_only: row.get(12)?,
        first_purchase_only: row.get(13)?,
    })
}
