//! The watch after an unpause ended badly: the people whom the campaign is for fail more than before.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::window::micros;
use pgrx::prelude::*;
use promo_guard_core::escalate::{Detail, Rule};

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/bake_failed.sql"),
        &[context.remembered().into(), context.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let repaused: Option<TimestampWithTimeZone> = row.get(4)?;
            let detail = Detail::BakeFailed { verdict: row.get(3)?, repaused: repaused.map(micros) };
            Ok(Found::at_once(Rule::BakeFailed, row.get(1)?, since, detail.to_string()))
        },
    )
}
