//! What is looked up about many campaigns at once. Each statement serves all of them: their number never multiplies it.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::{Attempt, CodeHash, Outcome};
use promo_guard_core::classify::{Conversion, Earlier, Ingestion, Refusals, Share, plan};
use promo_guard_core::{Micros, Span};
use std::collections::{HashMap, HashSet};

/// A campaign and a span of time.
pub type Spans = [(i64, (Micros, Micros))];

fn ids(spans: &Spans) -> Vec<i64> {
    spans.iter().map(|(id, _)| *id).collect()
}

fn froms(spans: &Spans) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (from, _))| moment(*from)).collect()
}

fn untils(spans: &Spans) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (_, until))| moment(*until)).collect()
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// The attempts on the codes of campaigns, each within its span.
pub fn attempts(app: &App, spans: &Spans) -> Answer<HashMap<i64, Vec<Attempt>>> {
    let mut found: HashMap<i64, Vec<Attempt>> = HashMap::new();
    if spans.is_empty() {
        return Ok(found);
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/attempts_of.sql"),
        &[ids(spans).into(), froms(spans).into(), untils(spans).into()],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(4)?;
            let outcome = row.text(3)?.map_or(Outcome::Other, |word| Outcome::read(word.as_bytes()));
            Ok((db::number(row, 1)?, row.get(2)?, outcome, at.map_or(Micros::MIN, micros)))
        },
    )?;
    for (id, user, outcome, at) in rows {
        found.entry(id).or_default().push(Attempt { code: CodeHash::Digest([0; 32]), user, outcome, at });
    }
    Ok(found)
}

/// What codes saw within a span, and their first attempt in it.
pub fn earlier(app: &App, spans: &Spans) -> Answer<HashMap<i64, (Earlier, Option<Micros>)>> {
    let rows = app.read(
        include_str!("../../../sql/query/classify/earlier.sql"),
        &[ids(spans).into(), froms(spans).into(), untils(spans).into()],
        |row| {
            let n = |column| db::number(row, column).map(unsigned);
            let counted = Earlier { minutes: 0.0, accepted: n(2)?, not_applicable: n(3)?, audience: n(4)? };
            Ok((db::number(row, 1)?, (counted, row.get::<TimestampWithTimeZone>(5)?.map(micros))))
        },
    )?;
    Ok(rows.into_iter().collect())
}

/// Successes after the end and before the begin of a campaign's validity.
pub fn outside(app: &App, ids: Vec<i64>, as_of: TimestampWithTimeZone) -> Answer<HashMap<i64, (u64, u64)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/outside.sql"),
        &[ids.into(), as_of.into()],
        |row| Ok((db::number(row, 1)?, (unsigned(db::number(row, 2)?), unsigned(db::number(row, 3)?)))),
    )?;
    Ok(rows.into_iter().collect())
}

/// What became of redemptions: of the evidence's span, and from `earliest` up to it.
pub fn conversion(
    app: &App,
    spans: &Spans,
    earliest: &[Micros],
    as_of: TimestampWithTimeZone,
    old_enough: Micros,
) -> Answer<HashMap<i64, Conversion>> {
    let earliest: Vec<_> = earliest.iter().map(|at| moment(*at)).collect();
    let rows = app.read(
        include_str!("../../../sql/query/classify/redemptions.sql"),
        &[
            ids(spans).into(),
            earliest.into(),
            froms(spans).into(),
            untils(spans).into(),
            as_of.into(),
            moment(old_enough).into(),
        ],
        |row| {
            let n = |column| db::number(row, column).map(unsigned);
            let conversion = Conversion {
                now: Share::new(n(2)?, n(3)?),
                earlier: Share::new(n(4)?, n(5)?),
                since_last: n(6)?,
                reserved: n(7)?,
                open_since_last: n(8)?,
                last_applied: row.get::<TimestampWithTimeZone>(9)?.map(micros),
            };
            Ok((db::number(row, 1)?, conversion))
        },
    )?;
    Ok(rows.into_iter().collect())
}

/// The reasons noted for NOT_APPLICABLE.
pub fn refusals(app: &App, spans: &Spans) -> Answer<HashMap<i64, Refusals>> {
    if spans.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/refusals.sql"),
        &[ids(spans).into(), froms(spans).into(), untils(spans).into()],
        |row| Ok((db::number(row, 1)?, row.text(2)?, unsigned(db::number(row, 3)?))),
    )?;
    let mut found: HashMap<i64, Refusals> = HashMap::new();
    for (id, reason, users) in rows {
        found.entry(id).or_default().add(reason.as_deref(), users);
    }
    Ok(found)
}

/// A user of a campaign, and since when the campaign is looked at.
pub type UserOf = (i64, i64, Micros);

/// Of these users of campaigns, those known from elsewhere or from long before the campaign's span.
pub fn known(app: &App, mut users: Vec<UserOf>, long: Micros) -> Answer<HashSet<UserOf>> {
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    // In the order of an index of users.
    users.sort_unstable_by_key(|u| (u.1, u.0));
    let campaigns: Vec<i64> = users.iter().map(|u| u.0).collect();
    let who: Vec<i64> = users.iter().map(|u| u.1).collect();
    let since: Vec<_> = users.iter().map(|u| moment(u.2)).collect();
    let long_since: Vec<_> = users.iter().map(|u| moment(u.2.saturating_sub(long))).collect();
    let places = app.read(
        include_str!("../../../sql/query/classify/known_users.sql"),
        &[campaigns.into(), who.into(), since.into(), long_since.into()],
        |row| db::number(row, 1),
    )?;
    let user = |place: i64| users.get(usize::try_from(place).ok()?.checked_sub(1)?).copied();
    Ok(places.into_iter().filter_map(user).collect())
}

/// The moments of the latest attempts, newest first, and who was accepted lately (since `lately`) by which campaign.
pub fn latest(
    app: &App,
    as_of: TimestampWithTimeZone,
    from: Micros,
    lately: Micros,
) -> Answer<(Vec<Micros>, Vec<(i64, i64)>)> {
    let rows = app.read(
        include_str!("../../../sql/query/classify/latest.sql"),
        &[as_of.into(), moment(from).into(), plan::LATEST.into(), moment(lately).into()],
        |row| {
            let at = row.get::<TimestampWithTimeZone>(1)?.map_or(Micros::MIN, micros);
            Ok((at, row.get::<i64>(2)?.zip(row.get::<i64>(3)?)))
        },
    )?;
    let mut accepted: Vec<(i64, i64)> = rows.iter().filter_map(|(_, pair)| *pair).collect();
    accepted.sort_unstable();
    accepted.dedup();
    Ok((rows.into_iter().map(|(at, _)| at).collect(), accepted))
}

/// The fields that our own `fix_campaign()` changed since each campaign was paused or unpaused last.
pub fn fixed(ids: Vec<i64>, as_of: TimestampWithTimeZone) -> Answer<HashMap<i64, Vec<String>>> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let rows = db::read(
        include_str!("../../../sql/query/classify/own_actions.sql"),
        &[ids.into(), as_of.into()],
        |row| Ok((db::number(row, 1)?, db::text(row, 2)?, row.get::<Vec<String>>(3)?.unwrap_or_default())),
    )?;
    for (id, action, fields) in rows {
        let known = found.entry(id).or_default();
        match action.as_str() {
            "pause" | "unpause" => known.clear(),
            "fix_campaign" => known.extend(fields),
            _ => {}
        }
    }
    Ok(found)
}

/// Whether attempts still arrive.
///
/// # Errors
/// As [`App::read`].
pub fn ingestion(app: &App, as_of: TimestampWithTimeZone) -> Answer<Ingestion> {
    let a_day_ago = micros(as_of).saturating_sub(Span::from_days(1).micros());
    let (latest, _) = latest(app, as_of, a_day_ago, Micros::MAX)?;
    Ok(plan::ingestion(micros(as_of), &latest))
}
