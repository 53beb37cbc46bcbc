//! A campaign's status is not the last that the history recorded, or the history's trigger does not fire: something changed, or
//! can change, unseen.

use super::super::look::{Found, Look, said};
use crate::db;
use crate::failure::Answer;
use crate::setup::history::TRIGGER;
use pgrx::prelude::*;
use promo_guard_core::escalate::Rule;

type Time = Option<TimestampWithTimeZone>;

pub fn find(look: &Look) -> Answer<Vec<Found>> {
    let mut found = trigger_off(look)?;
    let recorded =
        db::read(include_str!("../../../../sql/query/escalate/rules/status_off_history.sql"), &[], |row| {
            Ok((db::number(row, 1)?, row.get::<String>(2)?, row.get::<TimestampWithTimeZone>(3)?))
        })?;
    // Statuses are today's: what was recorded after this look is another look's business.
    let recorded: Vec<_> =
        recorded.into_iter().filter(|(.., at)| at.is_some_and(|at| at <= look.at)).collect();
    let ids: Vec<i64> = recorded.iter().map(|r| r.0).collect();
    let statuses: Vec<Option<String>> = recorded.iter().map(|r| r.1.clone()).collect();
    let times: Vec<Time> = recorded.iter().map(|r| r.2).collect();
    found.extend(look.app.read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_now.sql"),
        &[ids.into(), statuses.into(), times.into()],
        |row| {
            let word = |status: Option<String>| status.unwrap_or_else(|| "null".to_owned());
            let at: Time = row.get(4)?;
            let edited: Time = row.get::<TimestampWithTimeZone>(5)?.filter(|edited| *edited <= look.at);
            let since = at.max(edited);
            let detail = format!(
                "Its status is {}, the last one recorded is {} of {}: it was changed with the history's trigger off. \
                 Who did it is not known; see doctor().",
                word(row.get(3)?),
                word(row.get(2)?),
                said(at),
            );
            Ok(Found::at_once(Rule::StatusOffHistory, row.get(1)?, since, detail))
        },
    )?);
    Ok(found)
}

/// The trigger itself, which we attached and nobody detached by our function.
fn trigger_off(look: &Look) -> Answer<Vec<Found>> {
    db::read(
        include_str!("../../../../sql/query/escalate/rules/status_off_history_trigger.sql"),
        &[TRIGGER.into(), look.at.into()],
        |row| {
            let attached: Time = row.get(2)?;
            let how = if db::flag(row, 3)? { "is gone" } else { "is disabled" };
            let detail = format!(
                "The trigger that records the statuses of {}, attached at {}, {how}: changes past the guard are not seen. \
                 SELECT promo_guard.attach_history();",
                db::text(row, 1)?,
                said(attached),
            );
            Ok(Found::at_once(Rule::StatusOffHistory, None, attached, detail))
        },
    )
}
