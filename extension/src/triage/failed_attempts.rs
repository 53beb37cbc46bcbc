//! Runbook 1.3.

use crate::app::App;
use crate::failure::Answer;
use crate::window::{Window, max_rows as rows_shown};
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;

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
    let failures = policy.failure_results().to_vec();
    let rows: Vec<Failed> = app.read(
        include_str!("../../../sql/query/triage/failed_attempts.sql"),
        &[window.from.into(), window.until.into(), failures.into(), limit.into()],
        |row| {
            let n = |column| db::number(row, column);
            Ok((row.text(1)?, row.get(2)?, db::text(row, 3)?, n(4)?, n(5)?, row.get(6)?, row.get(7)?, n(8)?))
        },
    )?;
    Ok(TableIterator::new(rows))
}
