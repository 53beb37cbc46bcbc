//! A campaign was paused again while its unpause was being watched: what caused the first pause is still there.

use super::super::look::{Found, Look, by, said, times};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/repaused_after_unpause.sql"),
        &[look.remembered().into(), look.at.into(), look.policy.bake_for().micros().into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let detail = format!(
                "It was unpaused at {} and paused again at {}, by {}{}, within the {} of watching. Classify it anew before the next unpause.",
                said(row.get(5)?),
                said(latest),
                by(&db::text(row, 6)?, row.get::<String>(7)?.as_deref()),
                times(db::number(row, 4)?),
                look.policy.bake_for(),
            );
            Ok(Found::at_once(Rule::RepausedAfterUnpause, row.get(1)?, since, detail).last_at(latest))
        },
    )
}
