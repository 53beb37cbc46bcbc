//! Announced promotions: recorded, withdrawn, and never changed.

use crate::app::App;
use crate::failure::{Answer, OrReport, report};
use crate::window::iso;
use crate::{changes, classify, db, records};
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Refusal, SqlState, Text};
use serde_json::{Value, json};

type Time = TimestampWithTimeZone;

#[pg_extern(sql = false)]
fn announce(
    campaign_id: Option<i64>,
    starts_at: Option<Time>,
    ends_at: Option<Time>,
    note: Option<&str>,
) -> Answer<i64> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let campaign = changes::campaign_id(campaign_id)?;
    let said = Said::read(starts_at, ends_at, note)?;
    // Its lock orders the campaign's chain in the action log.
    let campaigns = changes::Campaigns::open()?;
    campaigns.lock(campaign)?;
    said.record("announce", Some(campaign), None)
}

#[pg_extern(sql = false)]
fn announce_batch(
    campaign_name: Option<&str>,
    starts_at: Option<Time>,
    ends_at: Option<Time>,
    note: Option<&str>,
) -> Answer<i64> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let name = changes::campaign_name(campaign_name)?;
    let said = Said::read(starts_at, ends_at, note)?;
    let app = App::open(&[Entity::Campaigns])?;
    if classify::batches(&app, vec![name.to_owned()])?.is_empty() {
        return Err(report(changes::no_batch()));
    }
    said.record("announce_batch", None, Some(name))
}

/// What is announced.
struct Said<'a> {
    from: Time,
    until: Time,
    note: &'a str,
}

impl<'a> Said<'a> {
    fn read(starts_at: Option<Time>, ends_at: Option<Time>, note: Option<&'a str>) -> Answer<Self> {
        let from = time("starts_at", starts_at)?;
        let until = time("ends_at", ends_at)?;
        if until <= from {
            return Err(report(
                Refusal::new(SqlState::InvalidParameterValue, "ends_at must be after starts_at")
                    .detail(format!("starts_at is {from}, ends_at is {until}."))
                    .hint("Give the time in which users are expected, for example now() and now() + interval '3 hours'."),
            ));
        }
        let note = Text::ANNOUNCEMENT.read(note).or_report()?;
        // The commands that verdicts suggest have a placeholder here. Pasted as they are, they must record nothing.
        if !note.chars().any(char::is_alphanumeric) {
            return Err(report(
                Refusal::new(SqlState::InvalidParameterValue, "a note is needed")
                    .detail("It has no letter and no digit. Verdicts rely on it, so it says what is promoted and who planned it.")
                    .hint("note => 'TV spot on Sunday, planned by marketing'"),
            ));
        }
        Ok(Self { from, until, note })
    }

    fn record(self, action: &str, campaign_id: Option<i64>, name: Option<&str>) -> Answer<i64> {
        let ids = db::run(
            include_str!("../../sql/query/announce/record.sql"),
            &[campaign_id.into(), name.into(), self.from.into(), self.until.into(), self.note.into()],
            |row| db::number(row, 1),
        )?;
        let id = ids.first().copied().unwrap_or_default();
        records::Action {
            action,
            campaign_id,
            decision: "ANNOUNCED",
            reason: Some(self.note),
            after: Some(facts(id, campaign_id, name, self.from, self.until)),
            ..Default::default()
        }
        .record()?;
        Ok(id)
    }
}

/// A time that is given and finite: an announcement for ever would end every question.
fn time(name: &str, given: Option<Time>) -> Answer<Time> {
    let Some(given) = given else {
        return Err(report(
            Refusal::new(SqlState::NullValueNotAllowed, format!("{name} is null"))
                .detail("A promotion has a start and an end.")
                .hint(format!("{name} => now()")),
        ));
    };
    if !given.is_finite() {
        return Err(report(
            Refusal::new(SqlState::InvalidParameterValue, format!("{name} must be finite"))
                .detail(format!("It is {given}. A promotion has a start and an end."))
                .hint(format!("{name} => now()")),
        ));
    }
    Ok(given)
}

/// An announcement as the action log keeps it.
fn facts(id: i64, campaign: Option<i64>, name: Option<&str>, from: Time, until: Time) -> Value {
    json!({
        "announcement_id": id.to_string(), "campaign_id": campaign.map(|id| id.to_string()), "campaign_name": name,
        "starts_at": iso(Some(from)), "ends_at": iso(Some(until)),
    })
}

/// An announcement as it stands in its table.
struct Announcement {
    campaign_id: Option<i64>,
    name: Option<String>,
    from: Option<Time>,
    until: Option<Time>,
    note: String,
}

#[pg_extern(sql = false)]
fn withdraw_announcement(
    id: Option<i64>,
    reason: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(id, i64),
            name!(campaign_id, Option<i64>),
            name!(campaign_name, Option<String>),
            name!(starts_at, Option<TimestampWithTimeZone>),
            name!(ends_at, Option<TimestampWithTimeZone>),
            name!(note, String),
            name!(withdrawn_at, Option<TimestampWithTimeZone>),
            name!(action_id, i64),
        ),
    >,
> {
    const LIST: &str = "SELECT id, campaign_id, campaign_name, note, withdrawn_at FROM promo_guard.announcements ORDER BY id DESC;";
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let id = id.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "id is null")
                .detail("Each call withdraws one announcement, by its id.")
                .hint(LIST),
        )
    })?;
    let reason = changes::reason(reason)?;
    let Some(known) = lock(id)? else {
        return Err(report(
            Refusal::new(SqlState::NoData, format!("no announcement with id {id}"))
                .detail("Each call withdraws one announcement, by its id.")
                .hint(LIST),
        ));
    };
    let before = db::run(include_str!("../../sql/query/announce/withdrawn.sql"), &[id.into()], |row| {
        Ok((row.get::<Time>(1)?, db::text(row, 2)?))
    })?;
    if let Some((Some(at), by)) = before.into_iter().next() {
        return Err(report(
            Refusal::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!("announcement {id} was withdrawn before"),
            )
            .detail(format!("{by} withdrew it at {at}."))
            .hint("SELECT * FROM promo_guard.announcements WHERE withdrawn_at IS NULL;"),
        ));
    }
    let campaign_id = chain(known.campaign_id)?;
    let withdrawn =
        db::run(include_str!("../../sql/query/announce/withdraw.sql"), &[id.into(), reason.into()], |row| {
            row.get::<Time>(1)
        })?;
    let action_id = records::Action {
        action: "withdraw_announcement",
        campaign_id,
        decision: "WITHDRAWN",
        reason: Some(reason),
        before: known
            .from
            .zip(known.until)
            .map(|(from, until)| facts(id, known.campaign_id, known.name.as_deref(), from, until)),
        ..Default::default()
    }
    .record()?;
    let withdrawn_at = withdrawn.into_iter().flatten().next();
    Ok(TableIterator::once((
        id,
        known.campaign_id,
        known.name,
        known.from,
        known.until,
        known.note,
        withdrawn_at,
        action_id,
    )))
}

fn lock(id: i64) -> Answer<Option<Announcement>> {
    let rows = db::run(include_str!("../../sql/query/announce/lock.sql"), &[id.into()], |row| {
        Ok(Announcement {
            campaign_id: row.get(1)?,
            name: row.get(2)?,
            from: row.get(3)?,
            until: row.get(4)?,
            note: db::text(row, 5)?,
        })
    })?;
    Ok(rows.into_iter().next())
}

/// The campaign in whose chain a withdrawal is recorded, its row locked; none for a batch, and for a campaign that was deleted since.
fn chain(campaign_id: Option<i64>) -> Answer<Option<i64>> {
    let Some(id) = campaign_id else { return Ok(None) };
    let campaigns = changes::Campaigns::open()?;
    if changes::campaign_or_none(campaigns.app(), id)?.is_none() {
        return Ok(None);
    }
    campaigns.lock(id)?;
    Ok(Some(id))
}
