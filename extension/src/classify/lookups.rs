//! What is looked up about many campaigns at once. Each statement serves all of them: their number never multiplies it.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::classify::answers::{GOES_ON, READING};
use promo_guard_core::classify::plan::{self, OfDay, Peak};
use promo_guard_core::classify::{AGES, Before, Ingestion, Reason, Redeemed, Slot, Tried, User};
use std::collections::{HashMap, HashSet};

/// No more attempts of one code than these are looked at, the latest: it bounds the memory, 56 bytes each.
pub const MOST_ATTEMPTS: i64 = 300_000;

/// A campaign and a span of time.
pub type Span = (i64, (Micros, Micros));

fn ids(spans: &[Span]) -> Vec<i64> {
    spans.iter().map(|(id, _)| *id).collect()
}

fn froms(spans: &[Span]) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (from, _))| moment(*from)).collect()
}

fn untils(spans: &[Span]) -> Vec<TimestampWithTimeZone> {
    spans.iter().map(|(_, (_, until))| moment(*until)).collect()
}

fn times(spans: &[Span]) -> impl Iterator<Item = (Micros, Micros)> + '_ {
    spans.iter().map(|(_, span)| *span)
}

/// The time of this length right before each span.
fn ahead(spans: &[Span], length: promo_guard_core::Span) -> Vec<Span> {
    let before =
        |(id, (from, _)): &Span| (*id, (from.saturating_sub(length.micros()), from.saturating_sub(1)));
    spans.iter().map(before).collect()
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Rows by the place of what was asked for.
fn by_place<T>(n: usize, rows: Vec<(i64, T)>) -> Vec<Vec<T>> {
    let mut found: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(n).collect();
    for (place, row) in rows {
        if let Some(list) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
            list.push(row);
        }
    }
    found
}

fn time(row: &db::Row<'_>, column: usize) -> pgrx::spi::SpiResult<Option<Micros>> {
    Ok(row.get::<TimestampWithTimeZone>(column)?.map(micros))
}

/// The attempts on the codes of campaigns within their spans, in order of time. `clients`: whether the application records them.
pub fn attempts(app: &App, spans: &[Span], clients: bool) -> Answer<Vec<Vec<Tried>>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    // Only whether two are the same client is of interest.
    let client = if clients { "hashtextextended(nullif(a.client::text, ''), 0)" } else { "NULL::bigint" };
    let sql = include_str!("../../../sql/query/classify/attempts.sql").replace(":client", client);
    let rows = app.read_within(
        &sql,
        times(spans),
        vec![ids(spans).into(), froms(spans).into(), untils(spans).into(), MOST_ATTEMPTS.into()],
        |row| {
            let outcome = row.get::<&str>(3)?.map_or(Outcome::Other, |word| Outcome::read(word.as_bytes()));
            let reason = row.get::<&str>(4)?.and_then(Reason::read);
            let at = time(row, 5)?.unwrap_or(Micros::MIN);
            Ok((
                db::number(row, 1)?,
                Tried {
                    at,
                    user: row.get(2)?,
                    outcome,
                    reason,
                    api: None,
                    client: row.get::<i64>(6)?.map(i64::cast_unsigned),
                },
            ))
        },
    )?;
    Ok(by_place(spans.len(), rows))
}

/// The reasons noted for NOT_APPLICABLE within spans, in order of user and time.
pub fn reasons(app: &App, spans: &[Span]) -> Answer<Vec<Vec<(Option<i64>, Option<Reason>)>>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let rows = app.read_within(
        include_str!("../../../sql/query/classify/reasons.sql"),
        times(spans),
        vec![ids(spans).into(), froms(spans).into(), untils(spans).into()],
        |row| Ok((db::number(row, 1)?, (row.get(2)?, row.get::<&str>(3)?.and_then(Reason::read)))),
    )?;
    Ok(by_place(spans.len(), rows))
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
    let times = merged(spans.iter().map(|(_, (from, until))| (*from, until.saturating_add(1))).collect());
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

/// Times that do not overlap, from each first moment until just before the second.
pub fn merged(mut times: Vec<(Micros, Micros)>) -> Vec<(Micros, Micros)> {
    times.sort_unstable();
    let mut merged: Vec<(Micros, Micros)> = Vec::new();
    for (from, until) in times {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// The users accepted by campaigns, each in the half hour that begins then, in order.
pub fn accepted_users(app: &App, halves: &[(i64, Micros)]) -> Answer<Vec<Vec<i64>>> {
    if halves.is_empty() {
        return Ok(Vec::new());
    }
    let spans: Vec<Span> =
        halves.iter().map(|(id, at)| (*id, (*at, at.saturating_add(plan::HALF_HOUR - 1)))).collect();
    let rows = app.read_within(
        include_str!("../../../sql/query/classify/accepted_users.sql"),
        times(&spans),
        vec![ids(&spans).into(), froms(&spans).into(), untils(&spans).into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?)),
    )?;
    Ok(by_place(halves.len(), rows))
}

/// Of the users of codes in the days before, how many came through programs, and all.
pub fn programs(app: &App, spans: &[Span]) -> Answer<Vec<(f64, f64)>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let read = ahead(spans, promo_guard_core::Span::from_days(3));
    let rows = app.read_within(
        include_str!("../../../sql/query/classify/programs.sql"),
        times(&read),
        vec![ids(&read).into(), froms(&read).into(), untils(&read).into()],
        |row| Ok((db::number(row, 1)?, (db::number(row, 2)? as f64, db::number(row, 3)? as f64))),
    )?;
    let found = by_place(spans.len(), rows);
    Ok(found.into_iter().map(|rows| rows.first().copied().unwrap_or_default()).collect())
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

/// Users accepted, and users turned away by an audience flag, in the day before the evidence.
pub fn audience(app: &App, spans: &[Span]) -> Answer<Vec<(u64, u64)>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let read = ahead(spans, promo_guard_core::Span::from_days(1));
    let rows = app.read_within(
        include_str!("../../../sql/query/classify/audience.sql"),
        times(&read),
        vec![ids(&read).into(), froms(&read).into(), untils(&read).into()],
        |row| Ok((db::number(row, 1)?, (unsigned(db::number(row, 2)?), unsigned(db::number(row, 3)?)))),
    )?;
    let found = by_place(spans.len(), rows);
    Ok(found.into_iter().map(|rows| rows.first().copied().unwrap_or_default()).collect())
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

/// Redemptions by half hour, by campaign and day, and the half hours with a burst.
#[derive(Default)]
pub struct ByTime {
    /// By half hour, of all campaigns, in order of time.
    pub slots: Vec<Slot>,
    /// By campaign and day, of campaigns with enough of them.
    pub days: Vec<OfDay>,
    /// Half hours with a burst.
    pub peaks: Vec<Peak>,
}

/// The redemptions within these spans, which do not overlap.
pub fn by_time(app: &App, spans: &[(Micros, Micros)]) -> Answer<ByTime> {
    let ages: Vec<f64> = AGES.iter().map(|age| *age as f64).collect();
    let since: Vec<_> = spans.iter().map(|(from, _)| moment(*from)).collect();
    let until: Vec<_> = spans.iter().map(|(_, until)| moment(*until)).collect();
    let mut found = ByTime::default();
    app.read(
        include_str!("../../../sql/query/classify/slots.sql"),
        &[since.clone().into(), until.clone().into(), ages.into()],
        |row| {
            let from = time(row, 1)?.unwrap_or(Micros::MIN);
            if found.slots.last().is_none_or(|slot| slot.from != from) {
                found.slots.push(Slot { from, ..Slot::default() });
            }
            let Some(slot) = found.slots.last_mut() else { return Ok(()) };
            slot.all += unsigned(db::number(row, 3)?);
            let place = row.get::<i32>(2)?.and_then(|delay| usize::try_from(delay).ok());
            if let Some(place) = place.and_then(|place| slot.bought.get_mut(place)) {
                *place += unsigned(db::number(row, 4)?);
            }
            Ok(())
        },
    )?;
    app.read(
        include_str!("../../../sql/query/classify/bursts.sql"),
        &[since.into(), until.into(), (plan::BURST as i64).into()],
        |row| {
            let (campaign, from) = (db::number(row, 1)?, time(row, 2)?.unwrap_or(Micros::MIN));
            let (all, bought) = (unsigned(db::number(row, 4)?), unsigned(db::number(row, 5)?));
            if db::flag(row, 3)? {
                found.days.push(OfDay { campaign, from, all, bought });
            } else {
                found.peaks.push(Peak { campaign, from, all, of_day: 0 });
            }
            Ok(())
        },
    )?;
    let days: HashMap<(i64, Micros), u64> =
        found.days.iter().map(|d| ((d.campaign, d.from), d.all)).collect();
    for peak in &mut found.peaks {
        peak.of_day = days.get(&(peak.campaign, plan::day(peak.from))).copied().unwrap_or(peak.all);
    }
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
