//! A campaign left PAUSED, and no action of ours did it: somebody's own UPDATE. The status history saw it.

use super::super::look::{Found, Look, by, said, times};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::Rule;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let a_day_more = Span::from_micros(
        look.policy.escalate_lookback().micros().saturating_add(Span::from_days(1).micros()),
    );
    db::read(
        include_str!("../../../../sql/query/escalate/rules/unpaused_outside_guard.sql"),
        &[look.remembered().into(), look.at.into(), look.before(a_day_more).into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let to = row.get::<String>(5)?.unwrap_or_else(|| "null".to_owned());
            let detail = format!(
                "It went from PAUSED to {to} at {}, by {}, with no action of promo_guard's{}. No check was made. \
                 Pause it again where that is not certain to be right.",
                said(latest),
                by(&db::text(row, 6)?, row.get::<String>(7)?.as_deref()),
                times(db::number(row, 4)?),
            );
            Ok(Found::at_once(Rule::UnpausedOutsideGuard, row.get(1)?, since, detail).last_at(latest))
        },
    )
}
