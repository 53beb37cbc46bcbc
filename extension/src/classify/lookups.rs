//! What is looked up about many campaigns at once. Each statement serves all of them: their number never multiplies it.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::classify::answers::{GOES_ON, READING};
use promo_guard_core::classify::plan;
use promo_guard_core::classify::{Before, Ingestion, Redeemed, User};
use promo_guard_core::reach;
use std::collections::{HashMap, HashSet};

/// A campaign and a span of time.
pub type Span = (i64, (Micros, Micros));

pub(super) fn ids(spans: &[Span]) -> Vec<i64> {
    spans.iter().map(|(id, _)| *id).collect()
}

pub(super) fn froms(spans: &[Span]) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (from, _))| moment(*from)).collect()
}

pub(super) fn untils(spans: &[Span]) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (_, until))| moment(*until)).collect()
}

pub(super) fn times(spans: &[Span]) -> impl Iterator<Item = (Micros, Micros)> + '_ {
    spans.iter().map(|(_, span)| *span)
}

pub(super) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Rows by the place of what was asked for.
pub(super) fn by_place<T>(n: usize, rows: Vec<(i64, T)>) -> Vec<Vec<T>> {
    let mut found: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(n).collect();
    for (place, row) in rows {
        if let Some(list) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
            list.push(row);
        }
    }
    found
}

pub(super) fn time(row: &db::Row<'_>, column: usize) -> pgrx::spi::SpiResult<Option<Micros>> {
    Ok(row.get::<TimestampWithTimeZone>(column)?.map(micros))
}

/// A user of a campaign, and the evidence within which they came.
pub type UserOf = (i64, i64, (Micros, Micros));

/// What is known of users, and whether they came through a program. Of some of them also what they did after a clear answer, each
/// until a moment. `batches`: the names of those campaigns that stand for a batch; `reach`: how far back attempts are read.
pub fn users(
    app: &App,
    mut asked: Vec<(UserOf, Micros)>,
    batches: &HashMap<i64, String>,
    reach: promo_guard_core::Span,
) -> Answer<HashMap<UserOf, (User, Option<bool>)>> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    // In the order of an index on user.
    asked.sort_unstable_by_key(|((campaign, user, evidence), until)| (*user, *campaign, *evidence, *until));
    asked.dedup();
    let campaigns: Vec<i64> = asked.iter().map(|(u, _)| u.0).collect();
    let who: Vec<i64> = asked.iter().map(|(u, _)| u.1).collect();
    let since: Vec<_> = asked.iter().map(|(u, _)| moment(u.2.0)).collect();
    let until: Vec<_> = asked.iter().map(|(u, _)| moment(u.2.1)).collect();
    let every = asked.len().div_ceil(plan::USERS_BEFORE);
    let told_until: Vec<_> =
        asked.iter().enumerate().map(|(n, (_, at))| (n % every == 0).then(|| moment(*at))).collect();
    let few = |n: i64| u32::try_from(n).unwrap_or(0);
    let reach = reach.micros();
    let read =
        asked.iter().map(|((_, _, (from, until)), told)| (from.saturating_sub(reach), *until.max(told)));
    let rows = app.read_within(
        include_str!("../../../sql/query/classify/users.sql"),
        read,
        vec![
            campaigns.into(),
            who.into(),
            since.into(),
            until.into(),
            told_until.into(),
            i64::from(GOES_ON).into(),
            READING.into(),
            asked.iter().map(|u| batches.get(&u.0.0).cloned()).collect::<Vec<_>>().into(),
            reach.into(),
        ],
        |row| {
            let user = User {
                first_seen: time(row, 2)?,
                last_seen: time(row, 3)?,
                uses_before: few(db::number(row, 4)?),
                bought_before: db::flag(row, 5)?,
                other_codes: few(db::number(row, 6)?),
                unknown_codes: few(db::number(row, 7)?),
                told: few(db::number(row, 9)?),
                went_on: few(db::number(row, 10)?),
            };
            Ok((db::number(row, 1)?, (user, row.get::<bool>(8)?)))
        },
    )?;
    let key = |place: i64| usize::try_from(place).ok().and_then(|place| Some(asked.get(place)?.0));
    Ok(rows.into_iter().filter_map(|(place, found)| Some((key(place)?, found))).collect())
}

/// Which codes of batches were redeemed, each within its span.
pub fn batch_codes(app: &App, spans: &[(String, (Micros, Micros))]) -> Answer<Vec<Vec<i64>>> {
    let mut codes: Vec<Vec<i64>> = std::iter::repeat_with(Vec::new).take(spans.len()).collect();
    if spans.is_empty() {
        return Ok(codes);
    }
    let times = reach::merged(spans.iter().map(|(_, span)| *span));
    let mut names: Vec<String> = spans.iter().map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let used = app.read(
        include_str!("../../../sql/query/classify/batch_codes.sql"),
        &[
            times.iter().map(|(from, _)| moment(*from)).collect::<Vec<_>>().into(),
            times.iter().map(|(_, until)| moment(*until)).collect::<Vec<_>>().into(),
            names.into(),
        ],
        |row| Ok((db::text(row, 1)?, db::number(row, 2)?, time(row, 3)?.unwrap_or(Micros::MIN))),
    )?;
    for (codes, (name, (from, until))) in codes.iter_mut().zip(spans) {
        let within = used.iter().filter(|(of, _, at)| of == name && (from..=until).contains(&at));
        codes.extend(within.map(|(_, id, _)| *id));
        codes.dedup();
    }
    Ok(codes)
}

/// The redemptions of campaigns, each from a moment on, in order of time.
pub fn redemptions(
    app: &App,
    since: &[(i64, Micros)],
    as_of: TimestampWithTimeZone,
) -> Answer<Vec<Vec<Redeemed>>> {
    let rows = app.read(
        include_str!("../../../sql/query/classify/redemptions.sql"),
        &[
            since.iter().map(|(id, _)| *id).collect::<Vec<_>>().into(),
            since.iter().map(|(_, at)| moment(*at)).collect::<Vec<_>>().into(),
            as_of.into(),
        ],
        |row| {
            let redeemed = Redeemed {
                user: db::number(row, 2)?,
                at: time(row, 3)?.unwrap_or(Micros::MIN),
                applied_at: time(row, 4)?,
                paid_back: db::flag(row, 5)?,
            };
            Ok((db::number(row, 1)?, redeemed))
        },
    )?;
    Ok(by_place(since.len(), rows))
}

/// What campaigns accepted before, against their rows as they stand.
pub fn before(app: &App, spans: &[Span], as_of: TimestampWithTimeZone) -> Answer<Vec<Before>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/before.sql"),
        &[ids(spans).into(), froms(spans).into(), as_of.into()],
        |row| {
            let n = |column| db::number(row, column).map(unsigned);
            let before = Before {
                accepted: n(2)?,
                applied: n(3)?,
                after_end: n(4)?,
                before_begin: n(5)?,
                ..Before::default()
            };
            Ok((db::number(row, 1)?, before))
        },
    )?;
    let found = by_place(spans.len(), rows);
    Ok(found.into_iter().map(|rows| rows.into_iter().next().unwrap_or_default()).collect())
}

/// Users above the limit of uses a user, by campaign.
pub fn over_limit(app: &App, ids: Vec<i64>, as_of: TimestampWithTimeZone) -> Answer<HashMap<i64, u64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/over_limit.sql"),
        &[ids.into(), as_of.into()],
        |row| Ok((db::number(row, 1)?, unsigned(db::number(row, 2)?))),
    )?;
    Ok(rows.into_iter().collect())
}

/// Of the latest redemptions before the evidence, those of users who had bought before.
pub fn buyers(app: &App, spans: &[Span]) -> Answer<Vec<u64>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/buyers.sql"),
        &[ids(spans).into(), froms(spans).into()],
        |row| Ok((db::number(row, 1)?, unsigned(db::number(row, 2)?))),
    )?;
    let found = by_place(spans.len(), rows);
    Ok(found.into_iter().map(|rows| rows.first().copied().unwrap_or(0)).collect())
}

/// When the latest redemptions before the evidence were made that nobody bought with, back to the last that was.
pub fn not_bought(app: &App, spans: &[Span]) -> Answer<Vec<Vec<Micros>>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.read(
        include_str!("../../../sql/query/classify/not_bought.sql"),
        &[ids(spans).into(), froms(spans).into()],
        |row| Ok((db::number(row, 1)?, (time(row, 2)?.unwrap_or(Micros::MIN), db::flag(row, 3)?))),
    )?;
    let found = by_place(spans.len(), rows);
    let latest = |rows: Vec<(Micros, bool)>| {
        rows.into_iter().take_while(|(_, bought)| !bought).map(|(at, _)| at).collect()
    };
    Ok(found.into_iter().map(latest).collect())
}

/// What scopes cover.
#[derive(Default)]
pub struct Covered {
    /// Each scope and product with the smallest and the largest of the campaigns that it was bought with.
    products: HashMap<(String, String), (i64, i64)>,
    /// Scopes that are a product's own name.
    named: HashSet<String>,
}

impl Covered {
    /// Whether a scope is a product's own name.
    pub fn is_product(&self, scope: &str) -> bool {
        self.named.contains(scope)
    }

    /// The products of a scope, by the campaigns other than this.
    pub fn by_others<'a>(&'a self, scope: &'a str, campaign: i64) -> impl Iterator<Item = &'a str> {
        let others = move |(first, last): &(i64, i64)| *first != campaign || *last != campaign;
        let found = self.products.iter().filter(move |((of, _), ids)| of == scope && others(ids));
        found.map(|((_, product), _)| product.as_str())
    }
}

/// What these scopes cover.
pub fn covered(
    app: &App,
    scopes: Vec<String>,
    since: Micros,
    as_of: TimestampWithTimeZone,
) -> Answer<Covered> {
    let mut covered = Covered::default();
    if scopes.is_empty() {
        return Ok(covered);
    }
    app.read(
        include_str!("../../../sql/query/classify/covered.sql"),
        &[scopes.clone().into(), moment(since).into(), as_of.into()],
        |row| {
            let of = (db::text(row, 1)?, db::text(row, 2)?);
            covered.products.insert(of, (db::number(row, 3)?, db::number(row, 4)?));
            Ok(())
        },
    )?;
    let named = app.read(
        include_str!("../../../sql/query/classify/sold_products.sql"),
        &[scopes.into(), moment(since).into(), as_of.into()],
        |row| db::text(row, 1),
    )?;
    covered.named = named.into_iter().collect();
    Ok(covered)
}

/// What was bought with the codes of these campaigns: products, and how often.
pub fn bought_with(
    app: &App,
    campaigns: Vec<i64>,
    since: Micros,
    as_of: TimestampWithTimeZone,
) -> Answer<HashMap<i64, Vec<(String, u64)>>> {
    let mut found: HashMap<i64, Vec<(String, u64)>> = HashMap::new();
    if campaigns.is_empty() {
        return Ok(found);
    }
    app.read(
        include_str!("../../../sql/query/classify/bought_with.sql"),
        &[campaigns.into(), moment(since).into(), as_of.into()],
        |row| {
            let sold = (db::text(row, 2)?, unsigned(db::number(row, 3)?));
            found.entry(db::number(row, 1)?).or_default().push(sold);
            Ok(())
        },
    )?;
    Ok(found)
}

/// When the latest attempts on any code were made, newest first.
fn latest(app: &App, as_of: TimestampWithTimeZone, from: Micros) -> Answer<Vec<Micros>> {
    app.read(
        include_str!("../../../sql/query/classify/latest.sql"),
        &[as_of.into(), moment(from).into(), plan::LATEST.into()],
        |row| Ok(time(row, 1)?.unwrap_or(Micros::MIN)),
    )
}

/// Whether attempts still arrive.
///
/// # Errors
/// As [`App::read`].
pub fn ingestion(app: &App, as_of: TimestampWithTimeZone) -> Answer<Ingestion> {
    let a_day_ago = micros(as_of).saturating_sub(promo_guard_core::Span::from_days(1).micros());
    Ok(promo_guard_core::classify::ingestion(micros(as_of), &latest(app, as_of, a_day_ago)?))
}
