//! Runbook 1.1.

use super::picked;
use crate::app::App;
use crate::failure::Answer;
use crate::settle::scan::hash_type;
use crate::window::Window;
use crate::{clusters, db, records};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::policy::Policy;
use promo_guard_core::triage::{Reach, reach};

/// With more codes in the window than these the database joins them by itself.
const MOST_CODES: usize = 50_000;

type Status = (Option<String>, i64, i64, i64, i64, i64, i64, i64);

#[pg_extern(sql = false)]
fn blast_radius(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> Answer<
    TableIterator<
        'static,
        (
            name!(status, Option<String>),
            name!(campaigns, i64),
            name!(changed, i64),
            name!(attempts, i64),
            name!(failed_attempts, i64),
            name!(failing_users, i64),
            name!(open_reservations, i64),
            name!(reserved_stars, i64),
        ),
    >,
> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])?;
    let mut args = vec![window.from.into(), window.until.into(), policy.failure_results().to_vec().into()];
    let attempts = match counted(&app, &policy, window)? {
        Some(by_status) => {
            let column =
                |of: fn(&Reach) -> i64| -> Vec<i64> { by_status.iter().map(|(_, r)| of(r)).collect() };
            args.push(by_status.iter().map(|(status, _)| status.clone()).collect::<Vec<_>>().into());
            args.push(column(|r| r.attempts).into());
            args.push(column(|r| r.failed).into());
            args.push(column(|r| r.failing_users).into());
            include_str!("../../../sql/query/triage/counted_by_status.sql")
        }
        None => include_str!("../../../sql/query/triage/attempts_by_status.sql"),
    };
    let sql = include_str!("../../../sql/query/triage/blast_radius.sql").replace("@attempts@", attempts);
    let rows: Vec<Status> = app.read(&sql, &args, |row| {
        let n = |column| db::number(row, column);
        Ok((row.get(1)?, n(2)?, n(3)?, n(4)?, n(5)?, n(6)?, n(7)?, n(8)?))
    })?;
    Ok(TableIterator::new(rows))
}

/// Attempts by the status of the code's campaign (none: no campaign has it), counted in the picture of the window; `None` where only
/// the database can tell which codes are the same.
fn counted(app: &App, policy: &Policy, window: Window) -> Answer<Option<Vec<(Option<String>, Reach)>>> {
    let base = hash_type()?;
    let picture = picked(app, policy, window, &base)?.filter(|picture| picture.codes.len() <= MOST_CODES);
    let Some(picture) = picture else { return Ok(None) };
    let mut statuses: Vec<Option<String>> = vec![None];
    let mut of_code = vec![0; picture.codes.len()];
    // A code that the picture does not have, or that two campaigns have: let the database join them.
    let mut joined = true;
    for campaign in clusters::tried(app, policy, window, &picture)?.iter() {
        let status = campaign.id.map(|_| campaign.status.as_deref().unwrap_or("(none)"));
        match campaign.place.and_then(|place| of_code.get_mut(place as usize)).filter(|of| **of == 0) {
            Some(of) => {
                *of = statuses.iter().position(|s| s.as_deref() == status).unwrap_or_else(|| {
                    statuses.push(status.map(ToOwned::to_owned));
                    statuses.len() - 1
                });
            }
            None => joined = false,
        }
    }
    if !joined {
        return Ok(None);
    }
    let failures = Outcomes::named(policy.failure_results());
    let reach = reach(&picture, failures, &of_code, statuses.len());
    Ok(Some(statuses.into_iter().zip(reach).collect()))
}
