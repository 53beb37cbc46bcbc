//! Runbook 1.3.

use super::picked;
use crate::app::App;
use crate::db::Row;
use crate::failure::Answer;
use crate::settle::scan::hash_type_of;
use crate::window::{Window, max_rows as rows_shown, moment};
use crate::{db, records};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::hash_as;
use promo_guard_core::triage::{Failing, failing, most_failing};

/// More codes than these are not looked for one by one.
const MOST_CODES: usize = 1_000;

type Failed = (
    Option<String>,
    Option<i64>,
    String,
    i64,
    i64,
    Option<TimestampWithTimeZone>,
    Option<TimestampWithTimeZone>,
    i64,
);

#[pg_extern(sql = false)]
fn failed_attempts(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    max_rows: Option<i32>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(code_hash, Option<String>),
            name!(campaign_id, Option<i64>),
            name!(result, String),
            name!(attempts, i64),
            name!(users, i64),
            name!(first_seen, Option<TimestampWithTimeZone>),
            name!(last_seen, Option<TimestampWithTimeZone>),
            name!(accepted, i64),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let limit = rows_shown(max_rows)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts])?;
    let take = |row: &Row<'_>| {
        Ok((
            row.text(1)?,
            row.get(2)?,
            db::text(row, 3)?,
            db::number(row, 4)?,
            db::number(row, 5)?,
            row.get(6)?,
            row.get(7)?,
            db::number(row, 8)?,
        ))
    };
    let rows: Vec<Failed> = match counted(&app, &policy, window, limit)? {
        Some((sql, args)) => app.read(&sql, &args, take)?,
        None => {
            let failures = policy.failure_results().to_vec();
            let args = [window.from.into(), window.until.into(), failures.into(), limit.into()];
            app.read(include_str!("../../../sql/query/triage/failed_attempts.sql"), &args, take)?
        }
    };
    Ok(TableIterator::new(rows))
}

/// The same where the picture of the window has counted it: a statement that finds out when exactly, and of which campaigns. `None`
/// where only the database can tell.
fn counted(
    app: &App,
    policy: &Policy,
    window: Window,
    limit: Option<i64>,
) -> Answer<Option<(String, Vec<DatumWithOid<'static>>)>> {
    let Some(rows) = limit.and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= MOST_CODES) else {
        return Ok(None);
    };
    let base = hash_type_of(Entity::Attempts)?;
    let Some(picture) = picked(app, policy, window, &base)? else { return Ok(None) };
    let failures = Outcomes::named(policy.failure_results());
    let codes = most_failing(&picture, failures, rows);
    if codes.len() > MOST_CODES {
        return Ok(None);
    }
    let found = failing(&picture, failures, &codes);
    let texts = |of: &dyn Fn(&Failing) -> String| found.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&Failing) -> i64| found.iter().map(of).collect::<Vec<_>>();
    let moments = |of: fn(&Failing) -> Micros| found.iter().map(|f| moment(of(f))).collect::<Vec<_>>();
    let args = vec![
        texts(&|f| picture.codes[f.code as usize].to_string()).into(),
        texts(&|f| f.outcome.name().to_owned()).into(),
        numbers(|f| f.attempts).into(),
        numbers(|f| f.users).into(),
        numbers(|f| f.accepted).into(),
        moments(|f| f.first.0).into(),
        moments(|f| f.first.1).into(),
        moments(|f| f.last.0).into(),
        moments(|f| f.last.1).into(),
        limit.into(),
        window.from.into(),
        window.until.into(),
    ];
    let sql = include_str!("../../../sql/query/triage/failed_counted.sql").replace("@hash@", hash_as(&base));
    Ok(Some((sql, args)))
}
