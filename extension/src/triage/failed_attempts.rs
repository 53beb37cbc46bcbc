//! Runbook 1.3.

use crate::app::App;
use crate::clusters::Reading;
use crate::failure::Answer;
use crate::keys::Keys;
use crate::settle::scan::hash_type_of;
use crate::window::{Window, max_rows as rows_shown, moment};
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::Picture;
use promo_guard_core::triage::{Failing, failing, told_apart};
use std::collections::HashMap;

/// A code and a result: its campaign, attempts, users, first and last attempt, and the accepted attempts on the code.
pub type Failed = (
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
) -> crate::failure::returned::Result<
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
            name!(campaign_key, Option<String>),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let limit = rows_shown(max_rows)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts])?;
    let reading = Reading::new(app, policy, window)?;
    let rows = of(&reading, limit)?;
    let keys = Keys::of(&reading.app, rows.iter().filter_map(|row| row.1))?;
    Ok(TableIterator::new(rows.into_iter().map(
        move |(code, campaign, result, attempts, users, first, last, accepted)| {
            let key = campaign.map(|id| keys.key(id));
            (code, campaign, result, attempts, users, first, last, accepted, key)
        },
    )))
}

/// The most frequent failures of a window.
///
/// # Errors
/// As [`App::read`].
pub fn of(reading: &Reading, limit: Option<i64>) -> Answer<Vec<Failed>> {
    let Reading { app, policy, window, picture, .. } = reading;
    if is_exact(picture)? {
        return Ok(counted(reading, limit));
    }
    let failures = policy.failure_results().to_vec();
    app.read(
        include_str!("../../../sql/query/triage/failed_attempts.sql"),
        &[window.from.into(), window.until.into(), failures.into(), limit.into()],
        |row| {
            let n = |column| db::number(row, column);
            Ok((row.text(1)?, row.get(2)?, db::text(row, 3)?, n(4)?, n(5)?, row.get(6)?, row.get(7)?, n(8)?))
        },
    )
}

/// Whether a picture tells all that the statement would: every attempt, times to the microsecond, codes as the database compares and
/// shows them. The statement takes ten times as long for 200,000 attempts (663 against 70 ms).
fn is_exact(picture: &Picture) -> Answer<bool> {
    let shown = matches!(hash_type_of(Entity::Attempts)?.as_str(), "text" | "varchar" | "bpchar");
    Ok(shown && picture.tick == 1 && told_apart(picture))
}

/// The most frequent failures, counted in a picture.
fn counted(reading: &Reading, limit: Option<i64>) -> Vec<Failed> {
    let Reading { policy, picture, tried, .. } = reading;
    let most = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let found = failing(picture, Outcomes::named(policy.failure_results()), most);
    let mut campaigns: HashMap<u32, Vec<i64>> = HashMap::new();
    for tried in tried {
        if let (Some(place), Some(id)) = (tried.place, tried.id) {
            campaigns.entry(place).or_default().push(id);
        }
    }
    let row = |f: &Failing, campaign| {
        let code = picture.codes.get(f.code as usize).map(ToString::to_string);
        let (first, last) = (Some(moment(f.first)), Some(moment(f.last)));
        (code, campaign, f.outcome.name().to_owned(), f.attempts, f.users, first, last, f.accepted)
    };
    let mut rows = Vec::new();
    for failing in &found {
        match campaigns.get(&failing.code) {
            Some(ids) => rows.extend(ids.iter().map(|id| row(failing, Some(*id)))),
            None => rows.push(row(failing, None)),
        }
    }
    rows.truncate(most);
    rows
}
