//! How bakes stand, and how they went minute by minute.

use super::evidence::VIEWS;
use super::left::clock;
use super::record::Bake;
use super::verdict::Found;
use crate::app::App;
use crate::changes::campaign_or_none;
use crate::failure::{Answer, report};
use crate::keys::Keys;
use crate::settle::drift::{buckets, length};
use crate::window::{Window, micros, moment};
use crate::{changes, db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Micros, Refusal, SqlState};

#[pg_extern(sql = false)]
fn bake_status(
    campaign_id: Option<i64>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(state, String),
            name!(since, TimestampWithTimeZone),
            name!(until, TimestampWithTimeZone),
            name!(attempts, Option<i64>),
            name!(failures, Option<i64>),
            name!(failure_rate, Option<f64>),
            name!(baseline_rate, Option<f64>),
            name!(applied, Option<i64>),
            name!(repaused_at, Option<TimestampWithTimeZone>),
            name!(detail, Option<String>),
            name!(users, Option<i64>),
            name!(failing_users, Option<i64>),
            name!(ticked_at, Option<TimestampWithTimeZone>),
            name!(on_regression, String),
            name!(campaign_key, String),
        ),
    >,
> {
    let bakes = Bake::read(campaign_id, false)?;
    if let (Some(id), true) = (campaign_id, bakes.is_empty()) {
        known(id)?;
    }
    let keys = match bakes.first() {
        Some(_) => Keys::of(&App::open(&VIEWS)?, bakes.iter().map(|bake| bake.campaign_id))?,
        None => Keys::default(),
    };
    let policy = records::policy()?;
    let now = micros(db::clock());
    let mut rows = Vec::new();
    for mut bake in bakes {
        if bake.running() {
            let found = Found::look(&App::open(&VIEWS)?, &bake, &policy, now)?;
            bake.counted = found.counted;
            bake.baseline = found.usual;
            bake.detail = Some(match bake.neglected(now) {
                Some(last) => neglected(&bake, micros(last), now),
                None => found.detail,
            });
        }
        let counted = bake.counted;
        let key = keys.key(bake.campaign_id);
        let failure_rate = match (counted.users, counted.failing_users) {
            (Some(users), Some(failing)) if users > 0 => Some(failing as f64 / users as f64),
            _ => None,
        };
        let baseline_rate = bake.baseline.and_then(|usual| usual.baseline.rate());
        rows.push((
            bake.campaign_id,
            bake.state,
            bake.since,
            bake.until,
            counted.attempts,
            counted.failures,
            failure_rate,
            baseline_rate,
            counted.applied,
            bake.repaused_at,
            bake.detail,
            counted.users,
            counted.failing_users,
            bake.ticked_at,
            bake.on_regression,
            key,
        ));
    }
    Ok(TableIterator::new(rows))
}

/// The detail of a bake that is not ticked.
fn neglected(bake: &Bake, last: Micros, now: Micros) -> String {
    let over = if now >= micros(bake.until) {
        "Its time is over, but it has no verdict"
    } else {
        "A regression would not be noticed"
    };
    format!(
        "{over}: it has not been ticked since {}. Tick it every minute: SELECT * FROM promo_guard.tick(); or promoctl watch {}",
        clock(last),
        bake.campaign_id
    )
}

/// Makes sure that there is such a campaign.
fn known(id: i64) -> Answer<()> {
    let app = App::open(&[Entity::Campaigns])?;
    match campaign_or_none(&app, id)? {
        Some(_) => Ok(()),
        None => Err(report(changes::no_campaign(id))),
    }
}

#[pg_extern(sql = false)]
fn bake_series(
    campaign_id: Option<i64>,
    bucket: Option<Interval>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(bucket_start, Option<TimestampWithTimeZone>),
            name!(attempts, i64),
            name!(failures, i64),
            name!(applied, i64),
            name!(results, Option<JsonB>),
        ),
    >,
> {
    records::fits()?;
    let id = changes::campaign_id(campaign_id)?;
    let app = App::open(&VIEWS)?;
    let Some(bake) = Bake::read(Some(id), false)?.into_iter().next() else {
        known(id)?;
        return Err(report(
            Refusal::new(SqlState::NoData, format!("campaign {id} has had no bake"))
                .detail("A bake begins when a campaign is unpaused by promo_guard.unpause().")
                .hint("SELECT campaign_id, state, since FROM promo_guard.bake_status();"),
        ));
    };
    // One instant long at least, so that there is a first row.
    let now = micros(db::clock()).min(micros(bake.until)).max(micros(bake.since) + 1);
    let window = Window { from: bake.since, until: moment(now) };
    let (length, count) = buckets(length(bucket)?, window)?;
    let rows = app.read(
        include_str!("../../../sql/query/bake/series.sql"),
        &[
            id.into(),
            window.from.into(),
            window.until.into(),
            length.into(),
            count.into(),
            records::policy()?.failure_results().to_vec().into(),
        ],
        |row| {
            Ok((
                row.get(1)?,
                db::number(row, 2)?,
                db::number(row, 3)?,
                db::number(row, 4)?,
                row.get::<JsonB>(5)?,
            ))
        },
    )?;
    Ok(TableIterator::new(rows))
}
