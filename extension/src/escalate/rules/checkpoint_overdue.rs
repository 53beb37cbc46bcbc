//! The promised checkpoint of an open incident has passed, or none was ever promised.

use super::super::context::{Context, Found};
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::{Detail, Rule};

/// An incident without any promise is given this long after it was declared.
const FIRST_PROMISE: Span = Span::from_minutes(30);

pub fn find(context: &Context<'_>) -> Answer<Vec<Found>> {
    let open = db::read(
        include_str!("../../../../sql/query/escalate/rules/checkpoint_overdue.sql"),
        &[context.at.into()],
        |row| {
            Ok((
                db::number(row, 1)?,
                row.get::<TimestampWithTimeZone>(2)?,
                row.get::<TimestampWithTimeZone>(3)?,
            ))
        },
    )?;
    let overdue = open.into_iter().filter_map(|(id, declared, promised)| {
        let (due, detail) = match (promised, declared) {
            (Some(at), _) => (at, Detail::CheckpointMissed { incident: id, due: micros(at) }),
            (None, Some(declared)) => {
                let declared = micros(declared);
                let due = moment(declared.saturating_add(FIRST_PROMISE.micros()));
                (due, Detail::NoCheckpoint { incident: id, declared })
            }
            (None, None) => return None,
        };
        (due < context.at)
            .then(|| Found::at_once(Rule::CheckpointOverdue, None, Some(due), detail.to_string()))
    });
    Ok(overdue.collect())
}
