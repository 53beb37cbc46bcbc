//! Which campaigns one actor paused at once: what a single person or job did by one statement is one event.

use crate::app::App;
use crate::db;
use crate::failure::report;
use crate::keys::Keys;
use crate::{changes, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::campaign::PAUSED;
use promo_guard_core::{Refusal, SqlState};
use std::collections::HashMap;

#[pg_extern(sql = false)]
fn paused_together(
    campaign_id: Option<i64>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(campaign_id, i64),
            name!(campaign_name, Option<String>),
            name!(paused_at, TimestampWithTimeZone),
            name!(paused_by, String),
            name!(campaign_key, String),
        ),
    >,
> {
    records::fits()?;
    let id = changes::campaign_id(campaign_id)?;
    let app = App::open(&[Entity::Campaigns])?;
    let status = |ids: Vec<i64>| {
        app.read(include_str!("../../../sql/query/triage/named.sql"), &[ids.into()], |row| {
            Ok((db::number(row, 1)?, (row.text(2)?, row.text(3)?)))
        })
    };
    let (_, (_, own)) =
        status(vec![id])?.into_iter().next().ok_or_else(|| report(changes::no_campaign(id)))?;
    let refuse = |message: String, detail: &str, hint: &str| {
        report(Refusal::new(SqlState::ObjectNotInPrerequisiteState, message).detail(detail).hint(hint))
    };
    if own.as_deref() != Some(PAUSED) {
        return Err(refuse(
            format!("campaign {id} is not PAUSED"),
            &format!("Its status is {}.", own.as_deref().unwrap_or("null")),
            "SELECT campaign_id, campaign_name FROM promo_guard.paused_campaigns();",
        ));
    }
    let together =
        db::read(include_str!("../../../sql/query/unpause/paused_together.sql"), &[id.into()], |row| {
            let actor = db::text(row, 3)?;
            let by = match row.text(4)?.filter(|application| !application.is_empty()) {
                Some(application) => format!("{actor} ({application})"),
                None => actor,
            };
            Ok((db::number(row, 1)?, row.get::<TimestampWithTimeZone>(2)?, by))
        })?;
    if together.is_empty() {
        return Err(refuse(
            format!("the status history has no record of the pause of campaign {id}"),
            "Who paused it, and what else they paused, is not known. Times of edits do not tell.",
            "Unpause it by itself: promo_guard.check_unpause() and promo_guard.unpause(). With promo_guard.attach_history() the next pause is on record.",
        ));
    }
    let mut found: HashMap<i64, (Option<String>, Option<String>)> =
        status(together.iter().map(|(id, ..)| *id).collect())?.into_iter().collect();
    let keys = Keys::of(&app, found.keys().copied())?;
    let rows: Vec<_> = together
        .into_iter()
        .filter_map(|(id, at, by)| {
            let (name, status) = found.remove(&id)?;
            (status.as_deref() == Some(PAUSED)).then_some((id, name, at?, by, keys.key(id)))
        })
        .collect();
    Ok(TableIterator::new(rows))
}
