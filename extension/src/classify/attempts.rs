//! The attempts on the codes of campaigns, each within a span of time.

use super::lookups::{Span, by_place, froms, ids, time, times, unsigned, untils};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiResult;
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::classify::plan;
use promo_guard_core::classify::{Reason, Tried};

/// No more attempts of one code than these are looked at, the latest: it bounds the memory, 56 bytes each.
pub const MOST_ATTEMPTS: i64 = 300_000;

/// What a statement over `:attempts_of_spans` finds, by the place of the span. Its `$4` and later are `more`.
fn of_spans<T>(
    app: &App,
    sql: &str,
    spans: &[Span],
    more: Vec<DatumWithOid<'_>>,
    take: impl FnMut(&db::Row<'_>) -> SpiResult<(i64, T)>,
) -> Answer<Vec<Vec<T>>> {
    if spans.is_empty() {
        return Ok(Vec::new());
    }
    let attempts = include_str!("../../../sql/query/classify/attempts_of_spans.sql");
    let mut args = vec![ids(spans).into(), froms(spans).into(), untils(spans).into()];
    args.extend(more);
    let rows = app.read_within(&sql.replace(":attempts_of_spans", attempts), times(spans), args, take)?;
    Ok(by_place(spans.len(), rows))
}

/// The time of this length right before each span.
fn ahead(spans: &[Span], length: promo_guard_core::Span) -> Vec<Span> {
    let before =
        |(id, (from, _)): &Span| (*id, (from.saturating_sub(length.micros()), from.saturating_sub(1)));
    spans.iter().map(before).collect()
}

/// The one row of each span; nothing where there is none.
fn one<T: Copy + Default>(found: Vec<Vec<T>>) -> Vec<T> {
    found.into_iter().map(|rows| rows.first().copied().unwrap_or_default()).collect()
}

/// The attempts on the codes of campaigns within their spans, in order of time. `clients`: whether the application records them.
pub fn attempts(app: &App, spans: &[Span], clients: bool) -> Answer<Vec<Vec<Tried>>> {
    // Only whether two are the same client is of interest.
    let client = if clients { "hashtextextended(nullif(a.client::text, ''), 0)" } else { "NULL::bigint" };
    let sql = include_str!("../../../sql/query/classify/attempts.sql").replace(":client", client);
    of_spans(app, &sql, spans, vec![MOST_ATTEMPTS.into()], |row| {
        let outcome = row.get::<&str>(3)?.map_or(Outcome::Other, |word| Outcome::read(word.as_bytes()));
        let reason = row.get::<&str>(4)?.and_then(Reason::read);
        let at = time(row, 5)?.unwrap_or(Micros::MIN);
        let client = row.get::<i64>(6)?.map(i64::cast_unsigned);
        Ok((db::number(row, 1)?, Tried { at, user: row.get(2)?, outcome, reason, api: None, client }))
    })
}

/// The reasons noted for NOT_APPLICABLE within spans, in order of user and time.
pub fn reasons(app: &App, spans: &[Span]) -> Answer<Vec<Vec<(Option<i64>, Option<Reason>)>>> {
    let sql = include_str!("../../../sql/query/classify/reasons.sql");
    of_spans(app, sql, spans, Vec::new(), |row| {
        Ok((db::number(row, 1)?, (row.get(2)?, row.get::<&str>(3)?.and_then(Reason::read))))
    })
}

/// The users accepted by campaigns, each in the half hour that begins then, in order.
pub fn accepted_users(app: &App, halves: &[(i64, Micros)]) -> Answer<Vec<Vec<i64>>> {
    let spans: Vec<Span> =
        halves.iter().map(|(id, at)| (*id, (*at, at.saturating_add(plan::HALF_HOUR - 1)))).collect();
    let sql = include_str!("../../../sql/query/classify/accepted_users.sql");
    of_spans(app, sql, &spans, Vec::new(), |row| Ok((db::number(row, 1)?, db::number(row, 2)?)))
}

/// Of the users of codes in the days before, how many came through programs, and all.
pub fn programs(app: &App, spans: &[Span]) -> Answer<Vec<(f64, f64)>> {
    let sql = include_str!("../../../sql/query/classify/programs.sql");
    let read = ahead(spans, promo_guard_core::Span::from_days(3));
    let found = of_spans(app, sql, &read, Vec::new(), |row| {
        Ok((db::number(row, 1)?, (db::number(row, 2)? as f64, db::number(row, 3)? as f64)))
    })?;
    Ok(one(found))
}

/// Users accepted, and users turned away by an audience flag, in the day before the evidence.
pub fn audience(app: &App, spans: &[Span]) -> Answer<Vec<(u64, u64)>> {
    let sql = include_str!("../../../sql/query/classify/audience.sql");
    let read = ahead(spans, promo_guard_core::Span::from_days(1));
    let found = of_spans(app, sql, &read, Vec::new(), |row| {
        Ok((db::number(row, 1)?, (unsigned(db::number(row, 2)?), unsigned(db::number(row, 3)?))))
    })?;
    Ok(one(found))
}
