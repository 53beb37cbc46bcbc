//! Every rule, and who has taken note of what it found.

use super::context::{Context, Found};
use super::rules;
use crate::db;
use crate::failure::Answer;
use crate::keys::Keys;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

type Acknowledged = (String, Option<i64>, Option<TimestampWithTimeZone>, String);

#[pg_extern(sql = false)]
fn escalations(
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(rule, &'static str),
            name!(severity, &'static str),
            name!(campaign_id, Option<i64>),
            name!(escalate_to, &'static str),
            name!(since, Option<TimestampWithTimeZone>),
            name!(due_at, Option<TimestampWithTimeZone>),
            name!(overdue, bool),
            name!(acknowledged_by, Option<String>),
            name!(detail, String),
            name!(campaign_key, Option<String>),
        ),
    >,
> {
    let context = Context::new(as_of)?;
    let all = of(&context)?;
    let keys = Keys::of(&context.app, all.iter().filter_map(|(found, _)| found.campaign_id))?;
    Ok(TableIterator::new(all.into_iter().map(move |(found, by)| {
        (
            found.rule.name(),
            found.rule.severity().name(),
            found.campaign_id,
            found.rule.escalate_to().name(),
            found.since,
            found.due_at,
            found.overdue,
            by,
            found.detail,
            found.campaign_id.map(|id| keys.key(id)),
        )
    })))
}

/// What every rule finds, overdue and grave first, and who has acknowledged it.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn of(context: &Context<'_>) -> Answer<Vec<(Found, Option<String>)>> {
    let mut found = all(context)?;
    found.sort_by_key(|f| (!f.overdue, f.rule.severity(), f.due_at, f.rule.name(), f.campaign_id));
    let acknowledged: Vec<Acknowledged> = db::read(
        include_str!("../../../sql/query/escalate/acknowledged.sql"),
        &[context.at.into()],
        |row| Ok((db::text(row, 1)?, row.get(2)?, row.get(3)?, db::text(row, 4)?)),
    )?;
    let by = |found: &Found| {
        acknowledged
            .iter()
            .find(|(rule, campaign, at, _)| {
                rule == found.rule.name() && *campaign == found.campaign_id && *at >= found.latest
            })
            .map(|(.., by)| by.clone())
    };
    Ok(found
        .into_iter()
        .map(|found| {
            let by = by(&found);
            (found, by)
        })
        .collect())
}

/// What every rule finds.
///
/// # Errors
/// As [`App::read`](crate::app::App::read).
pub fn all(context: &Context<'_>) -> Answer<Vec<Found>> {
    let mut found = Vec::new();
    for rule in Rule::ALL {
        found.extend(rules::find(rule, context)?);
    }
    Ok(found)
}
