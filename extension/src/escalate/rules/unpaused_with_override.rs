//! A campaign was unpaused with an overridden check. It may have been right, but others must know.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::escalate::{Detail, Rule};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/unpaused_with_override.sql"),
        &[context.remembered().into(), context.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let detail = Detail::Overridden {
                actor: db::text(row, 6)?,
                at: latest.map(micros),
                checks: db::text(row, 5)?,
                times: db::number(row, 4)?,
                action: db::number(row, 7)?,
            };
            Ok(Found::at_once(Rule::UnpausedWithOverride, row.get(1)?, since, detail.to_string())
                .last_at(latest))
        },
    )
}
