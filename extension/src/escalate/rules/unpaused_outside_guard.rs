//! A campaign left PAUSED without an action of promo_guard: an UPDATE of the application's table, seen by the status history.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::{By, Detail, Rule};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let a_day_more = Span::from_micros(
        context.policy.escalate_lookback().micros().saturating_add(Span::from_days(1).micros()),
    );
    db::read(
        include_str!("../../../../sql/query/escalate/rules/unpaused_outside_guard.sql"),
        &[context.remembered().into(), context.at.into(), context.before(a_day_more).into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let detail = Detail::Unpaused {
                to: row.get::<String>(5)?.unwrap_or_else(|| "null".to_owned()),
                at: latest.map(micros),
                by: By { actor: db::text(row, 6)?, application: row.get(7)? },
                times: db::number(row, 4)?,
            };
            Ok(Found::at_once(Rule::UnpausedOutsideGuard, row.get(1)?, since, detail.to_string())
                .last_at(latest))
        },
    )
}
