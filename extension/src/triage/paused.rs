//! Runbook 1.2: what is paused, and since when.
//!
//! `updated_at` is not the time of a pause: any edit moves it (trap 2). Our own history knows the time; where there is
//! none, the failures of the code tell when the auto-pause rule began to hold (trap 1).

use crate::app::App;
use crate::failure::Answer;
use crate::window::{Window, lookback as length, max_rows as rows_shown, micros, moment};
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::guard::{Failure, paused_since};
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Span};
use std::collections::HashMap;

/// The evidence of a pause is looked for this far before the last edit; a stretch that reaches further back is cut there.
const EVIDENCE_REACH: Span = Span::from_days(7);
/// ... and in steps, the first of this length, each following one four times as long: most stretches are short.
const FIRST_STEP: Span = Span::from_minutes(120);

/// ... and no more failures of one code than these are looked at, which bounds the memory: 100 bytes each.
const MOST_FAILURES: i64 = 300_000;

struct Paused {
    id: i64,
    name: Option<String>,
    prefix: Option<String>,
    status: Option<String>,
    updated_at: Option<TimestampWithTimeZone>,
}

/// Since when, how that is known, and by whom.
struct Since {
    at: Option<TimestampWithTimeZone>,
    source: &'static str,
    by: Option<String>,
}

type Shown = (
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<TimestampWithTimeZone>,
    Option<TimestampWithTimeZone>,
    &'static str,
    Option<String>,
    i64,
    Option<String>,
);

#[pg_extern(sql = false)]
fn paused_campaigns(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    max_rows: Option<i32>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(campaign_name, Option<String>),
            name!(code_prefix, Option<String>),
            name!(status, Option<String>),
            name!(updated_at, Option<TimestampWithTimeZone>),
            name!(paused_at, Option<TimestampWithTimeZone>),
            name!(paused_at_source, &'static str),
            name!(paused_by, Option<String>),
            name!(failed_attempts, i64),
            name!(verdict, Option<String>),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let only_since = length(lookback)?.map(|_| window.from);
    let limit = rows_shown(max_rows)?.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let app = App::open(&[Entity::Campaigns, Entity::Attempts])?;
    let paused = app.read(
        include_str!("../../../sql/query/triage/paused_campaigns.sql"),
        &[only_since.into()],
        |row| {
            Ok(Paused {
                id: db::number(row, 1)?,
                name: row.get(2)?,
                prefix: row.get(3)?,
                status: row.get(4)?,
                updated_at: row.get(5)?,
            })
        },
    )?;
    let mut history = history(&paused, window.until)?;

    let mut shown: Vec<Shown> = Vec::new();
    for campaign in paused {
        if shown.len() >= limit {
            break;
        }
        let since = match history.remove(&campaign.id) {
            Some(since) => since,
            None => evidence(&app, &policy, &campaign, window.until)?,
        };
        if let (Some(from), Some(at)) = (only_since, since.at)
            && at < from
        {
            continue;
        }
        let failed = app.read(
            include_str!("../../../sql/query/triage/code_failures.sql"),
            &[
                campaign.id.into(),
                window.from.into(),
                window.until.into(),
                policy.failure_results().to_vec().into(),
            ],
            |row| db::number(row, 1),
        )?;
        shown.push((
            campaign.id,
            campaign.name,
            campaign.prefix,
            campaign.status,
            campaign.updated_at,
            since.at,
            since.source,
            since.by,
            failed.first().copied().unwrap_or_default(),
            None,
        ));
    }
    // Newest pause first; one whose time is not known at all comes last.
    shown.sort_by_key(|row| (std::cmp::Reverse(row.5.map(micros)), row.0));
    Ok(TableIterator::new(shown))
}

/// What our own history says, for those campaigns whose last recorded change is their pause. Where the last record says
/// anything else, somebody changed the status past the trigger, and the history does not explain this pause.
fn history(paused: &[Paused], until: TimestampWithTimeZone) -> Answer<HashMap<i64, Since>> {
    let ids: Vec<i64> = paused.iter().map(|c| c.id).collect();
    let rows = db::read(
        include_str!("../../../sql/query/triage/last_status.sql"),
        &[ids.into(), until.into()],
        |row| {
            let application = row.get::<String>(5)?.filter(|a| !a.is_empty());
            let actor = db::text(row, 4)?;
            let by =
                application.map_or_else(|| actor.clone(), |application| format!("{actor} ({application})"));
            Ok((db::number(row, 1)?, row.get::<String>(2)?, row.get(3)?, by))
        },
    )?;
    Ok(rows
        .into_iter()
        .filter(|(_, to, ..)| to.as_deref() == Some("PAUSED"))
        .map(|(id, _, at, by)| (id, Since { at, source: "history", by: Some(by) }))
        .collect())
}

/// What the failures of its code say; where they say nothing, the last edit is an upper bound.
fn evidence(app: &App, policy: &Policy, campaign: &Paused, until: TimestampWithTimeZone) -> Answer<Since> {
    let estimated = Since { at: campaign.updated_at, source: "estimated", by: None };
    let Some(updated_at) = campaign.updated_at.filter(|at| at.is_finite()) else { return Ok(estimated) };
    let end = micros(updated_at).min(micros(until));
    let rule = policy.guard();
    let earliest = end.saturating_sub(EVIDENCE_REACH.micros());
    let mut step = FIRST_STEP.micros();
    loop {
        let from = end.saturating_sub(step).max(earliest);
        let mut failures = app.read(
            include_str!("../../../sql/query/triage/guard_failures.sql"),
            &[
                campaign.id.into(),
                moment(from).into(),
                moment(end).into(),
                policy.guard_results().to_vec().into(),
                MOST_FAILURES.into(),
            ],
            |row| {
                let at: Option<TimestampWithTimeZone> = row.get(1)?;
                Ok(Failure { at: at.map_or(Micros::MIN, micros), user: row.get(2)? })
            },
        )?;
        failures.reverse();
        let cut = failures.len() as i64 == MOST_FAILURES;
        let oldest = failures.first().filter(|_| cut).map_or(from, |f| f.at);
        // The first lookback of what was read is not whole: a rule that holds in it may have held before.
        let whole_from = oldest.saturating_add(2 * rule.lookback.micros());
        let furthest = cut || from == earliest;
        match paused_since(rule, &failures, end) {
            Some(start) if start > whole_from || furthest => {
                return Ok(Since {
                    at: Some(moment(start)),
                    source: "evidence",
                    by: Some("auto-pause guard (inferred)".to_owned()),
                });
            }
            None if furthest => return Ok(estimated),
            _ => step = step.saturating_mul(4),
        }
    }
}
