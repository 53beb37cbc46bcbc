//! The watch after an unpause ended badly: the people whom the campaign is for fail more than before.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/bake_failed.sql"),
        &[look.remembered().into(), look.at.into()],
        |row| {
            let since: Option<TimestampWithTimeZone> = row.get(2)?;
            let repaused: Option<TimestampWithTimeZone> = row.get(4)?;
            let then = match repaused {
                Some(_) => format!("It was paused again at {}.", said(repaused)),
                None => "It is not paused again by us: pause it, or say why not.".to_owned(),
            };
            let detail =
                format!("{} {then}", row.get::<String>(3)?.unwrap_or_else(|| "The bake failed.".to_owned()));
            Ok(Found::at_once(Rule::BakeFailed, row.get(1)?, since, detail))
        },
    )
}
