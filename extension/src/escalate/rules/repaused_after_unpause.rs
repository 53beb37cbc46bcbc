//! A campaign was paused again while its unpause was being watched: what caused the first pause is still there.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::escalate::{By, Detail, Rule};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/repaused_after_unpause.sql"),
        &[context.remembered().into(), context.at.into(), context.policy.bake_for().micros().into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let latest: Option<TimestampWithTimeZone> = row.get(3)?;
            let detail = Detail::Repaused {
                unpaused: row.get(5)?.map(micros),
                paused: latest.map(micros),
                by: By { actor: db::text(row, 6)?, application: row.get(7)? },
                times: db::number(row, 4)?,
                bake: context.policy.bake_for(),
            };
            Ok(Found::at_once(Rule::RepausedAfterUnpause, row.get(1)?, since, detail.to_string())
                .last_at(latest))
        },
    )
}
