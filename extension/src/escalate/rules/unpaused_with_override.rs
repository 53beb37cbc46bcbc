//! Somebody unpaused a campaign over a check that said no. They may have been right; others must know.

use super::super::look::{Found, Look, said, times};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/unpaused_with_override.sql"),
        &[look.remembered().into(), look.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let detail = format!(
                "{} unpaused it at {} over {}{} (action {}). The reason is in the action log.",
                db::text(row, 6)?,
                said(latest),
                db::text(row, 5)?,
                times(db::number(row, 4)?),
                db::number(row, 7)?,
            );
            Ok(Found::at_once(Rule::UnpausedWithOverride, row.get(1)?, since, detail).last_at(latest))
        },
    )
}
