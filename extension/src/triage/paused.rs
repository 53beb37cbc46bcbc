//! Runbook 1.2: what is paused, and since when.

use super::pause;
use crate::app::App;
use crate::classify;
use crate::failure::Answer;
use crate::keys::Keys;
use crate::window::{Window, lookback as length, max_rows as rows_shown, micros, moment};
use crate::{db, records};
use pgrx::prelude::*;
use std::collections::HashMap;

/// Campaigns whose pauses are dated together.
const A_PAGE: usize = 64;

/// A campaign that is PAUSED.
pub struct Paused {
    /// Its id.
    pub id: i64,
    name: Option<String>,
    prefix: Option<String>,
    status: Option<String>,
    /// Its last edit.
    pub updated_at: Option<TimestampWithTimeZone>,
}

/// All that are PAUSED, those edited last first; of these only those edited since a moment, where one is given.
///
/// # Errors
/// As [`App::read`].
pub fn list(app: &App, edited_since: Option<TimestampWithTimeZone>) -> Answer<Vec<Paused>> {
    app.read(include_str!("../../../sql/query/triage/paused_campaigns.sql"), &[edited_since.into()], |row| {
        Ok(Paused {
            id: db::number(row, 1)?,
            name: row.get(2)?,
            prefix: row.get(3)?,
            status: row.get(4)?,
            updated_at: row.get(5)?,
        })
    })
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
    Option<&'static str>,
    String,
);

#[pg_extern(sql = false)]
fn paused_campaigns(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
    max_rows: Option<i32>,
) -> crate::failure::returned::Result<
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
            name!(verdict, Option<&'static str>),
            name!(campaign_key, String),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let only_since = length(lookback)?.map(|_| window.from);
    let limit = rows_shown(max_rows)?.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let app = App::open(&classify::VIEWS)?;
    let paused = list(&app, only_since)?;
    let mut shown: Vec<Shown> = Vec::new();
    let mut known = HashMap::new();
    let mut dated = HashMap::new();
    for (place, campaign) in paused.iter().enumerate() {
        if shown.len() >= limit {
            break;
        }
        // So many at a time that a statement serves a page, and so few that the rest of thousands is not looked at.
        if place.is_multiple_of(A_PAGE) {
            let page = &paused[place..paused.len().min(place + A_PAGE)];
            let edits: Vec<_> = page.iter().map(|c| (c.id, c.updated_at.map(micros))).collect();
            known = pause::of(&app, &policy, &edits, window.until)?;
        }
        let Some(pause) = known.remove(&campaign.id) else { continue };
        let at = pause.at.map(moment);
        if let (Some(from), Some(at)) = (only_since, at)
            && at < from
        {
            continue;
        }
        shown.push((
            campaign.id,
            campaign.name.clone(),
            campaign.prefix.clone(),
            campaign.status.clone(),
            campaign.updated_at,
            at,
            pause.source.name(),
            pause.by().map(str::to_owned),
            0,
            None,
            String::new(),
        ));
        dated.insert(campaign.id, pause);
    }
    let ids: Vec<i64> = shown.iter().map(|row| row.0).collect();
    let keys = Keys::of(&app, ids.iter().copied())?;
    let judged: HashMap<i64, _> = classify::of(&app, &policy, &window, ids, dated)?
        .into_iter()
        .map(|(subject, judgement, stats)| (subject.campaign.id, (judgement.verdict, stats)))
        .collect();
    for row in &mut shown {
        row.10 = keys.key(row.0);
        if let Some((verdict, stats)) = judged.get(&row.0) {
            (row.8, row.9) = (stats.failed, Some(verdict.name()));
        }
    }
    // Newest pause first; one whose time is not known at all comes last.
    shown.sort_by_key(|row| (std::cmp::Reverse(row.5.map(micros)), row.0));
    Ok(TableIterator::new(shown))
}
