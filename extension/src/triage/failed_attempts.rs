//! Runbook 1.3.

use super::picked;
use crate::app::App;
use crate::failure::Answer;
use crate::settle::scan::hash_type_of;
use crate::window::{Window, max_rows as rows_shown};
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::hash_among;
use promo_guard_core::triage::most_failing;

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
    let codes = candidates(&app, &policy, window, limit)?;
    let among = match &codes {
        // The words for the campaigns' column, said of the attempts'.
        Some(_) => hash_among(&hash_type_of(Entity::Attempts)?).replace("c.code_hash", "a.code_hash"),
        None => "true".to_owned(),
    };
    let rows: Vec<Failed> = app.read(
        &include_str!("../../../sql/query/triage/failed_attempts.sql").replace("@hash_among@", &among),
        &[
            codes.unwrap_or_default().into(),
            window.from.into(),
            window.until.into(),
            policy.failure_results().to_vec().into(),
            limit.into(),
        ],
        |row| {
            Ok((
                row.get(1)?,
                row.get(2)?,
                db::text(row, 3)?,
                db::number(row, 4)?,
                db::number(row, 5)?,
                row.get(6)?,
                row.get(7)?,
                db::number(row, 8)?,
            ))
        },
    )?;
    Ok(TableIterator::new(rows))
}

/// Which codes can be on the list at all, by the picture of the window; `None` where only the database can tell.
fn candidates(app: &App, policy: &Policy, window: Window, limit: Option<i64>) -> Answer<Option<Vec<String>>> {
    let Some(limit) = limit.and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= MOST_CODES) else {
        return Ok(None);
    };
    let base = hash_type_of(Entity::Attempts)?;
    let Some(picture) = picked(app, policy, window, &base)? else { return Ok(None) };
    let codes = most_failing(&picture, Outcomes::named(policy.failure_results()), limit);
    let codes = Some(codes).filter(|codes| codes.len() <= MOST_CODES);
    Ok(codes.map(|codes| codes.iter().map(|code| picture.codes[*code as usize].to_string()).collect()))
}
