//! What is looked up for the checks, a statement each.

use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::settle::{self, scan::Scan};
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::policy::Policy;
use promo_guard_core::settle::{Rule, Severity};
use promo_guard_core::unpause::{Demand, Reason, Settlement, Taken, Traffic, Try};
use promo_guard_core::{Micros, Span};

/// No more attempts of one code than these are looked at, which bounds the memory: 40 bytes each.
const MOST_TRIES: i64 = 300_000;
/// So many redemptions before a pause tell whether people buy.
const MOST_TAKEN: i64 = 200;
/// So many days tell how much a code is asked for by the hour.
const DEMAND_REACH: Span = Span::from_days(3);

/// The facts beyond the campaign's row.
pub struct About {
    /// Whether it has a code.
    pub has_code: bool,
    /// Its open reservations.
    pub open_reservations: i64,
    /// Other campaigns of its scope.
    pub same_scope: i64,
    /// Other campaigns.
    pub others: i64,
    /// Its redemptions applied now.
    pub applied: i64,
    /// Its redemptions ever applied, those revoked since among them.
    pub ever_applied: i64,
}

pub fn about(app: &App, id: i64, now: Micros) -> Answer<Option<About>> {
    let rows = app.read(
        include_str!("../../../sql/query/unpause/about.sql"),
        &[id.into(), moment(now).into()],
        |row| {
            Ok(About {
                has_code: db::flag(row, 1)?,
                open_reservations: db::number(row, 2)?,
                same_scope: db::number(row, 3)?,
                others: db::number(row, 4)?,
                applied: db::number(row, 5)?,
                ever_applied: db::number(row, 6)?,
            })
        },
    )?;
    Ok(rows.into_iter().next())
}

/// Whether a scope is the name of a product that was sold in the last 30 days: with the campaign's own code, if anything was.
pub fn sold(app: &App, id: i64, scope: &str, now: Micros) -> Answer<bool> {
    let since = now.saturating_sub(Span::from_days(30).micros());
    let own = app.read(
        include_str!("../../../sql/query/unpause/sold_with.sql"),
        &[id.into(), scope.into(), moment(since).into(), moment(now).into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?)),
    )?;
    if let Some((of_scope, _)) = own.first().filter(|(_, all)| *all > 0) {
        return Ok(*of_scope > 0);
    }
    let found = app.read(
        include_str!("../../../sql/query/classify/sold_products.sql"),
        &[vec![scope.to_owned()].into(), moment(since).into(), moment(now).into()],
        |row| db::text(row, 1),
    )?;
    Ok(!found.is_empty())
}

/// The campaign that replaced it.
pub fn rotated_into(id: i64) -> Answer<Option<i64>> {
    let rows = db::read(include_str!("../../../sql/query/unpause/rotated.sql"), &[id.into()], |row| {
        row.get::<i64>(1)
    })?;
    Ok(rows.into_iter().flatten().next())
}

/// The attempts on the campaign's code after `from` and up to `until`, in order of time.
pub fn tries(app: &App, id: i64, from: Micros, until: Micros) -> Answer<Vec<Try>> {
    let mut tries = app.read(
        include_str!("../../../sql/query/unpause/tries.sql"),
        &[id.into(), moment(from).into(), moment(until).into(), MOST_TRIES.into()],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(1)?;
            Ok(Try {
                at: at.map_or(Micros::MIN, micros),
                user: row.get(2)?,
                outcome: row.get::<&str>(3)?.map_or(Outcome::Other, |word| Outcome::read(word.as_bytes())),
                reason: Reason::read(row.get(4)?),
                raw_user: row.get(5)?,
            })
        },
    )?;
    tries.reverse();
    Ok(tries)
}

/// The latest redemptions before a pause, in order of time.
pub fn taken(app: &App, id: i64, until: Micros, now: Micros) -> Answer<Vec<Taken>> {
    let mut taken = app.read(
        include_str!("../../../sql/query/unpause/taken.sql"),
        &[id.into(), moment(until).into(), MOST_TAKEN.into(), moment(now).into()],
        |row| {
            let at: Option<TimestampWithTimeZone> = row.get(1)?;
            let applied_at: Option<TimestampWithTimeZone> = row.get(2)?;
            Ok(Taken {
                at: at.map_or(Micros::MIN, micros),
                applied_at: applied_at.map(micros),
                over: db::flag(row, 3)?,
            })
        },
    )?;
    taken.reverse();
    Ok(taken)
}

/// The fields that our own `fix_campaign()` changed since a pause.
pub fn fixed(id: i64, since: Micros) -> Answer<Vec<String>> {
    db::read(
        include_str!("../../../sql/query/unpause/fixed.sql"),
        &[id.into(), moment(since).into()],
        |row| db::text(row, 1),
    )
}

/// What settlement finds for the campaign.
pub fn settlement(scan: &Scan, id: i64) -> Answer<Settlement> {
    // The optional ledger is no lack.
    let skipped = Rule::ALL.iter().filter(|rule| scan.lacking.stops(**rule).is_some());
    let named = skipped.clone().filter(|r| scan.lacking.has_ledger() || **r != Rule::CreditedNotInLedger);
    let mut found = Settlement {
        ran: Rule::ALL.len() - skipped.clone().count(),
        skipped: named.map(|rule| rule.name().to_owned()).collect(),
        ..Settlement::default()
    };
    let (violations, unmapped) = settle::counted(scan, id)?;
    found.unmapped = unmapped;
    for (rule, n) in violations {
        let list = match scan.how.severity(rule) {
            Severity::Warning => &mut found.warnings,
            Severity::Critical => &mut found.critical,
        };
        list.push((rule.name().to_owned(), n));
    }
    Ok(found)
}

/// Whether attempts are recorded at all. `own` is the latest on the campaign's own code; the dear questions are asked only
/// where the cheap ones have not answered.
pub fn traffic(app: &App, own: Option<Micros>, now: Micros, reach: Span) -> Answer<Traffic> {
    let fresh = |last| Traffic::fresh(last, now);
    let latest = |sql: &str, back: Span| -> Answer<Option<Micros>> {
        let since = moment(now.saturating_sub(back.micros()));
        let rows =
            app.read(sql, &[moment(now).into(), since.into()], |row| row.get::<TimestampWithTimeZone>(1))?;
        Ok(rows.into_iter().flatten().next().map(micros))
    };
    let mut last = own;
    for (sql, back) in [
        (include_str!("../../../sql/query/unpause/traffic_of_popular.sql"), Traffic::FRESH),
        (include_str!("../../../sql/query/unpause/traffic_last.sql"), reach),
    ] {
        if fresh(last) {
            return Ok(Traffic { last, expected: 0.0 });
        }
        last = last.max(latest(sql, back)?);
    }
    let Some(at) = last.filter(|_| !fresh(last)) else { return Ok(Traffic { last, expected: 0.0 }) };
    let week = moment(at.saturating_sub(Span::from_days(7).micros()));
    let usual = app.read(
        include_str!("../../../sql/query/unpause/traffic_usual.sql"),
        &[moment(at).into(), moment(now).into(), week.into()],
        |row| Ok((row.get::<i64>(1)?, row.get::<TimestampWithTimeZone>(2)?)),
    )?;
    let first = usual.iter().find_map(|(_, first)| *first).map_or(at, micros);
    let at_these_times = usual.into_iter().filter_map(|(n, _)| n).collect();
    let total = if Traffic::by_day(at, now, first) {
        0
    } else {
        let sql = include_str!("../../../sql/query/unpause/traffic_week.sql");
        let rows = app.read(sql, &[moment(at).into(), week.into()], |row| db::number(row, 1))?;
        rows.into_iter().next().unwrap_or_default()
    };
    Ok(Traffic::expect(at, now, total, at_these_times, first))
}

/// How much the code was asked for by the hour before its pause.
pub fn demand(app: &App, id: i64, pause: Micros) -> Answer<Demand> {
    let from = pause.saturating_sub(DEMAND_REACH.micros());
    let rows = app.read(
        include_str!("../../../sql/query/unpause/demand.sql"),
        &[id.into(), moment(from).into(), moment(pause).into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?, row.get::<TimestampWithTimeZone>(3)?)),
    )?;
    let mut demand = Demand::default();
    let mut first = pause;
    for (hour, n, at) in rows {
        if let Some(slot) = usize::try_from(hour).ok().and_then(|h| demand.by_hour.get_mut(h)) {
            *slot += u64::try_from(n).unwrap_or_default();
        }
        first = first.min(at.map_or(pause, micros));
    }
    demand.days = pause.saturating_sub(first) as f64 / Span::from_days(1).micros() as f64;
    Ok(demand)
}

/// Failures and users that the auto-pause rule counts now.
pub fn guard_now(app: &App, policy: &Policy, id: i64, now: Micros) -> Answer<(i64, i64)> {
    let from = now.saturating_sub(policy.guard().lookback.micros());
    let rows = app.read(
        include_str!("../../../sql/query/unpause/guard_now.sql"),
        &[id.into(), moment(from).into(), moment(now).into(), policy.guard_results().to_vec().into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?)),
    )?;
    Ok(rows.into_iter().next().unwrap_or_default())
}
