//! Since when a campaign is paused, and how that is known. Triage shows it; classify and unpause look at what came before it.
//!
//! `updated_at` is not the time of a pause: any edit moves it (trap 2). Our own history knows the time; where there is
//! none, the failures of the code tell when the auto-pause rule began to hold (trap 1).

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::classify::Source;
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

/// Since when, how that is known, and by whom.
#[derive(Debug, Clone)]
pub struct Since {
    /// When it was paused; none where not even an edit is dated.
    pub at: Option<TimestampWithTimeZone>,
    /// How that is known.
    pub source: Source,
    /// By whom: as the history noted it, or inferred.
    pub by: Option<String>,
    /// Start of the unbroken stretch in which the auto-pause rule held at the pause, where it did.
    pub guard_since: Option<Micros>,
}

/// Since when each of these paused campaigns (id and last edit) is paused, as known at `until`.
pub fn since(
    app: &App,
    policy: &Policy,
    campaigns: &[(i64, Option<TimestampWithTimeZone>)],
    until: TimestampWithTimeZone,
) -> Answer<HashMap<i64, Since>> {
    let ids: Vec<i64> = campaigns.iter().map(|(id, _)| *id).collect();
    let (mut found, latest) = history(&ids, until)?;
    // A campaign that was found PAUSED when the history was attached has been paused since then at the latest.
    let bounded = |id: &i64, updated_at: &Option<TimestampWithTimeZone>| match (*updated_at, latest.get(id)) {
        (Some(edited), Some(latest)) => Some(edited.min(*latest)),
        (edited, latest) => edited.or(latest.copied()),
    };
    // The rule is replayed up to the pause where that is known, else up to the last edit: it cannot have been later.
    let ends: Vec<(i64, Micros)> = campaigns
        .iter()
        .filter_map(|(id, updated_at)| {
            let end = found.get(id).map_or(bounded(id, updated_at), |since| since.at)?;
            end.is_finite().then(|| (*id, micros(end).min(micros(until))))
        })
        .collect();
    let worthwhile = worthwhile(app, policy, &ends)?;
    let ends: HashMap<i64, Micros> = ends.into_iter().collect();
    for (id, updated_at) in campaigns {
        let guard_since = match ends.get(id) {
            Some(end) if worthwhile.contains(id) => evidence(app, policy, *id, *end)?,
            _ => None,
        };
        let since = found.entry(*id).or_insert_with(|| match guard_since {
            Some(start) => Since {
                at: Some(moment(start)),
                source: Source::Evidence,
                by: Some("auto-pause guard (inferred)".to_owned()),
                guard_since: None,
            },
            None => {
                Since { at: bounded(id, updated_at), source: Source::Estimated, by: None, guard_since: None }
            }
        });
        since.guard_since = guard_since;
    }
    Ok(found)
}

/// What our own history says, for those campaigns whose last recorded change is their pause. Where the last record says
/// anything else, somebody changed the status past the trigger, and the history does not explain this pause. Beside them, for
/// campaigns that were already PAUSED when the history was attached, when that was: the pause is older.
type History = (HashMap<i64, Since>, HashMap<i64, TimestampWithTimeZone>);

fn history(ids: &[i64], until: TimestampWithTimeZone) -> Answer<History> {
    let rows = db::read(
        include_str!("../../../sql/query/triage/last_status.sql"),
        &[ids.to_vec().into(), until.into()],
        |row| {
            let application = row.text(5)?.filter(|a| !a.is_empty());
            let actor = db::text(row, 4)?;
            let by =
                application.map_or_else(|| actor.clone(), |application| format!("{actor} ({application})"));
            Ok((db::number(row, 1)?, row.text(2)?, row.get(3)?, by, db::flag(row, 6)?))
        },
    )?;
    let (mut found, mut latest) = History::default();
    for (id, to, at, by, baseline) in rows {
        if to.as_deref() != Some("PAUSED") {
            continue;
        }
        if !baseline {
            found.insert(id, Since { at, source: Source::History, by: Some(by), guard_since: None });
        } else if let Some(at) = at {
            latest.insert(id, at);
        }
    }
    Ok((found, latest))
}

/// Those whose codes failed often enough for the auto-pause rule at all: one statement spares most campaigns the replay.
fn worthwhile(app: &App, policy: &Policy, ends: &[(i64, Micros)]) -> Answer<Vec<i64>> {
    let ids: Vec<i64> = ends.iter().map(|(id, _)| *id).collect();
    let until: Vec<TimestampWithTimeZone> = ends.iter().map(|(_, end)| moment(*end)).collect();
    let from: Vec<TimestampWithTimeZone> =
        ends.iter().map(|(_, end)| moment(end.saturating_sub(EVIDENCE_REACH.micros()))).collect();
    app.read(
        include_str!("../../../sql/query/triage/guard_worthwhile.sql"),
        &[
            ids.into(),
            from.into(),
            until.into(),
            policy.guard_results().to_vec().into(),
            policy.guard().min_failures.into(),
        ],
        |row| db::number(row, 1),
    )
}

/// When the unbroken stretch began in which the rule held at `end`, by the failures of the campaign's code.
fn evidence(app: &App, policy: &Policy, campaign: i64, end: Micros) -> Answer<Option<Micros>> {
    let rule = policy.guard();
    let earliest = end.saturating_sub(EVIDENCE_REACH.micros());
    let mut step = FIRST_STEP.micros();
    loop {
        let from = end.saturating_sub(step).max(earliest);
        let mut failures = app.read(
            include_str!("../../../sql/query/triage/guard_failures.sql"),
            &[
                campaign.into(),
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
            Some(start) if start > whole_from || furthest => return Ok(Some(start)),
            None if furthest => return Ok(None),
            _ => step = step.saturating_mul(4),
        }
    }
}
