//! Runbook 1.1.

use crate::app::App;
use crate::clusters::Reading;
use crate::failure::Answer;
use crate::settle::scan::hash_type;
use crate::window::Window;
use crate::{db, records};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcomes;
use promo_guard_core::binding::Entity;
use promo_guard_core::triage::{Stats, reach, told_apart};
use std::collections::BTreeMap;

/// What a status has, as the contract lists it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blast {
    pub campaigns: i64,
    pub changed: i64,
    pub reach: Stats,
    pub open_reservations: i64,
    pub reserved_stars: i64,
}

/// The statuses that are always shown, in order. Others follow, and codes that no campaign has (null) come last.
const SHOWN: [&str; 4] = ["ACTIVE", "PAUSED", "DEPLETED", "EXPIRED"];

#[pg_extern(sql = false)]
fn blast_radius(
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
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
    let rows = of(&Reading::new(app, policy, window)?, None)?.into_iter().map(|(status, of)| {
        let Blast { campaigns, changed, reach, open_reservations, reserved_stars } = of;
        let Stats { attempts, failed, failing_users, .. } = reach;
        (status, campaigns, changed, attempts, failed, failing_users, open_reservations, reserved_stars)
    });
    Ok(TableIterator::new(rows))
}

/// One row a status, in the order in which they are shown. `edited`: the campaigns edited in the window, where they are known.
///
/// # Errors
/// As [`App::read`].
pub fn of(reading: &Reading, edited: Option<Vec<i64>>) -> Answer<Vec<(Option<String>, Blast)>> {
    let Reading { app, window, .. } = reading;
    let mut all: BTreeMap<Option<String>, Blast> = SHOWN
        .iter()
        .map(|status| Some((*status).to_owned()))
        .chain([None])
        .map(|s| (s, Blast::default()))
        .collect();
    let rows = app.read(
        include_str!("../../../sql/query/triage/blast_radius.sql"),
        &[window.from.into(), window.until.into(), edited.into()],
        |row| {
            let n = |column| db::number(row, column);
            Ok((row.text(1)?, n(2)?, n(3)?, n(4)?, n(5)?))
        },
    )?;
    for (status, campaigns, changed, open_reservations, reserved_stars) in rows {
        let of = all.entry(status).or_default();
        *of = Blast { campaigns, changed, open_reservations, reserved_stars, ..*of };
    }
    for (status, reach) in attempts(reading)? {
        all.entry(status).or_default().reach = reach;
    }
    let place = |status: &Option<String>| match status {
        Some(status) => SHOWN.iter().position(|shown| shown == status).unwrap_or(SHOWN.len()),
        None => SHOWN.len() + 1,
    };
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(status, _)| place(status));
    Ok(all)
}

/// Attempts by the status of the code's campaign (none: no campaign has it). They are counted in the picture; by the database where
/// the picture is a sample, or where only the database knows which codes are equal.
fn attempts(reading: &Reading) -> Answer<Vec<(Option<String>, Stats)>> {
    let Reading { app, policy, window, picture, tried } = reading;
    let mut statuses: Vec<Option<&str>> = vec![None];
    let mut of_code = vec![0; picture.codes.len()];
    let mut counted = told_apart(picture) && comparable(&hash_type()?);
    for campaign in tried {
        let status = campaign.id.map(|_| campaign.status.as_deref().unwrap_or("(none)"));
        match campaign.place.and_then(|place| of_code.get_mut(place as usize)).filter(|of| **of == 0) {
            Some(of) => {
                *of = statuses.iter().position(|s| *s == status).unwrap_or_else(|| {
                    statuses.push(status);
                    statuses.len() - 1
                });
            }
            // A code that the picture does not have, or that two campaigns have.
            None => counted = false,
        }
    }
    if counted {
        let failures = Outcomes::named(policy.failure_results());
        let reach = reach(picture, failures, &of_code, statuses.len());
        return Ok(statuses.into_iter().map(|status| status.map(str::to_owned)).zip(reach).collect());
    }
    app.read(
        include_str!("../../../sql/query/triage/attempts_by_status.sql"),
        &[window.from.into(), window.until.into(), policy.failure_results().to_vec().into()],
        |row| {
            let n = |column| db::number(row, column);
            Ok((
                row.text(1)?,
                Stats { attempts: n(2)?, failed: n(3)?, failing_users: n(4)?, ..Stats::default() },
            ))
        },
    )
}

/// Whether hashes of the type `base` are equal in the database where they are here.
fn comparable(base: &str) -> bool {
    matches!(base, "text" | "varchar" | "bpchar" | "bytea")
}
