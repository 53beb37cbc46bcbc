//! The promised checkpoint of an open incident has passed, or none was ever promised.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use crate::window::{micros, moment};
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::escalate::Rule;

/// An incident without any promise is given this long after it was declared.
const FIRST_PROMISE: Span = Span::from_minutes(30);

pub fn find(look: &Look<'_>) -> Answer<Vec<Found>> {
    let open = db::read(
        include_str!("../../../../sql/query/escalate/rules/checkpoint_overdue.sql"),
        &[look.at.into()],
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
            (Some(at), _) => (at, format!("Incident {id}: the checkpoint of {} has passed.", said(promised))),
            (None, Some(declared)) => (
                moment(micros(declared).saturating_add(FIRST_PROMISE.micros())),
                format!(
                    "Incident {id}: declared at {}, and no checkpoint was promised.",
                    said(Some(declared))
                ),
            ),
            (None, None) => return None,
        };
        (due < look.at).then(|| {
            let detail = format!("{detail} Tell how it stands: promo_guard.checkpoint({id}, next_at, note).");
            Found::at_once(Rule::CheckpointOverdue, None, Some(due), detail)
        })
    });
    Ok(overdue.collect())
}
