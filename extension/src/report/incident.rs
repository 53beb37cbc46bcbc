//! Incidents: opened once, followed by checkpoints, closed. Each step is an action in the log, which keeps what the
//! incident's own row forgets: earlier checkpoints, and how start and detection are known.

use super::onset;
use crate::app::App;
use crate::failure::{Answer, OrReport, report};
use crate::setup::views;
use crate::window::{micros, moment};
use crate::{changes, db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::binding::Entity;
use promo_guard_core::policy::Policy;
use promo_guard_core::{Refusal, SqlState, Text};
use serde_json::Value;

type Time = TimestampWithTimeZone;
type Row = (
    i64,
    String,
    String,
    Option<Time>,
    Option<Time>,
    Option<Time>,
    String,
    Option<Time>,
    Option<Time>,
    Option<String>,
);

/// An incident as it stands in its table.
struct Incident {
    id: i64,
    title: String,
    trigger: String,
    started_at: Option<Time>,
    detected_at: Option<Time>,
    declared_at: Option<Time>,
    declared_by: String,
    next_checkpoint_at: Option<Time>,
    closed_at: Option<Time>,
    note: Option<String>,
}

/// A time, and how it is known.
struct Known {
    at: Option<Time>,
    source: &'static str,
}

#[pg_extern(sql = false)]
fn open_incident(title: Option<&str>, trigger: Option<&str>, started_at: Option<Time>) -> Answer<i64> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let title = Text::TITLE.read(title).or_report()?;
    let trigger = Text::TRIGGER.read(trigger).or_report()?;
    // From here on no other session can open one, or act without a campaign.
    records::lock_chain()?;
    let now = clock()?;
    if let Some(given) = started_at {
        past("started_at", given, now)?;
    }
    if let Some((id, open)) = open()? {
        return Err(report(
            Refusal::new(SqlState::ObjectInUse, format!("incident {id} is open already"))
                .detail(format!("It is \"{open}\". At most one incident can be open."))
                .hint(format!(
                    "SELECT * FROM promo_guard.close_incident({id}, 'why it is over'); or go on with it: promo_guard.checkpoint({id}, ...)."
                )),
        ));
    }
    let policy = records::policy()?;
    let started = match started_at {
        Some(at) => Known { at: Some(at), source: "given" },
        None => first_burst_minute(&policy, now)?,
    };
    let detected = first_pause(&policy, started.at, now)?;
    let ids = db::run(
        include_str!("../../../sql/query/report/open_incident.sql"),
        &[title.into(), trigger.into(), started.at.into(), detected.at.into(), now.into()],
        |row| db::number(row, 1),
    )?;
    let id = ids.first().copied().unwrap_or_default();
    let (mut after, _) = facts(id, None, None, None)?;
    after["started_at_source"] = started.source.into();
    after["detected_at_source"] = detected.source.into();
    records::Action {
        action: "open_incident",
        decision: "OPENED",
        reason: Some(title),
        after: Some(after),
        ..Default::default()
    }
    .record()?;
    Ok(id)
}

#[pg_extern(sql = false)]
fn checkpoint(
    incident_id: Option<i64>,
    next_at: Option<Time>,
    note: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(id, i64),
            name!(title, String),
            name!(trigger, String),
            name!(started_at, Option<TimestampWithTimeZone>),
            name!(detected_at, Option<TimestampWithTimeZone>),
            name!(declared_at, Option<TimestampWithTimeZone>),
            name!(declared_by, String),
            name!(next_checkpoint_at, Option<TimestampWithTimeZone>),
            name!(closed_at, Option<TimestampWithTimeZone>),
            name!(note, Option<String>),
        ),
    >,
> {
    let Step { incident, note, _settings } = Step::of(incident_id, note)?;
    let now = clock()?;
    let next = next_at.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "next_at is null")
                .detail("A checkpoint says when the next report comes.")
                .hint("next_at => now() + interval '30 minutes'"),
        )
    })?;
    if !next.is_finite() || next <= now {
        return Err(report(
            Refusal::new(SqlState::InvalidParameterValue, "next_at must be in the future")
                .detail(format!("It is {next}, now is {now}."))
                .hint("next_at => now() + interval '30 minutes'"),
        ));
    }
    let changed = Incident { next_checkpoint_at: Some(next), note: Some(note.to_owned()), ..incident };
    change("checkpoint", "NOTED", note, changed).map(TableIterator::once)
}

#[pg_extern(sql = false)]
fn close_incident(
    incident_id: Option<i64>,
    note: Option<&str>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(id, i64),
            name!(title, String),
            name!(trigger, String),
            name!(started_at, Option<TimestampWithTimeZone>),
            name!(detected_at, Option<TimestampWithTimeZone>),
            name!(declared_at, Option<TimestampWithTimeZone>),
            name!(declared_by, String),
            name!(next_checkpoint_at, Option<TimestampWithTimeZone>),
            name!(closed_at, Option<TimestampWithTimeZone>),
            name!(note, Option<String>),
        ),
    >,
> {
    let Step { incident, note, _settings } = Step::of(incident_id, note)?;
    let changed = Incident {
        next_checkpoint_at: None,
        closed_at: Some(clock()?),
        note: Some(note.to_owned()),
        ..incident
    };
    change("close_incident", "CLOSED", note, changed).map(TableIterator::once)
}

/// A step of an open incident, which is locked for it.
struct Step<'a> {
    incident: Incident,
    note: &'a str,
    _settings: changes::Settings,
}

impl<'a> Step<'a> {
    fn of(incident_id: Option<i64>, note: Option<&'a str>) -> Answer<Self> {
        changes::allowed()?;
        let settings = changes::Settings::lock_timeout();
        let note = Text::NOTE.read(note).or_report()?;
        records::lock_chain()?;
        Ok(Self { incident: running(incident_id)?, note, _settings: settings })
    }
}

/// Records and writes a change. The action comes first: it belongs to the incident, which is open until then.
fn change(action: &str, decision: &str, note: &str, changed: Incident) -> Answer<Row> {
    let (before, after) = facts(changed.id, changed.next_checkpoint_at, changed.closed_at, Some(note))?;
    records::Action {
        action,
        decision,
        reason: Some(note),
        before: Some(before),
        after: Some(after),
        ..Default::default()
    }
    .record()?;
    db::execute(
        include_str!("../../../sql/query/report/change_incident.sql"),
        &[changed.id.into(), changed.next_checkpoint_at.into(), changed.closed_at.into(), note.into()],
    )?;
    Ok((
        changed.id,
        changed.title,
        changed.trigger,
        changed.started_at,
        changed.detected_at,
        changed.declared_at,
        changed.declared_by,
        changed.next_checkpoint_at,
        changed.closed_at,
        changed.note,
    ))
}

/// The first minute of the burst that goes on, or ended within the triage lookback.
fn first_burst_minute(policy: &Policy, now: Time) -> Answer<Known> {
    let unknown = Known { at: None, source: "unknown" };
    // An incident can be declared where nothing is bound yet; then nothing is known of its start.
    if views::standing(Entity::Attempts)?.is_none() || views::standing(Entity::Campaigns)?.is_none() {
        return Ok(unknown);
    }
    let app = App::open(&[Entity::Attempts])?;
    let recent = micros(now).saturating_sub(policy.triage_lookback().micros());
    let burst = onset::of(&app, policy.failure_results(), now)?.pop().filter(|burst| burst.end >= recent);
    Ok(burst.map_or(unknown, |burst| Known { at: Some(moment(burst.start)), source: "data" }))
}

/// When the trigger event can have been seen: the first pause since the start, else the declaration itself.
fn first_pause(policy: &Policy, started: Option<Time>, now: Time) -> Answer<Known> {
    let declared = Known { at: Some(now), source: "declared" };
    if views::standing(Entity::Attempts)?.is_none() || views::standing(Entity::Campaigns)?.is_none() {
        return Ok(declared);
    }
    let longest = micros(now).saturating_sub(promo_guard_core::report::REACH.micros());
    let since = started.map_or_else(
        || micros(now).saturating_sub(policy.triage_lookback().micros()),
        |started| micros(started).max(longest),
    );
    if since >= micros(now) {
        return Ok(declared);
    }
    let pauses = db::run(
        include_str!("../../../sql/query/report/first_pause.sql"),
        &[moment(since).into(), now.into()],
        |row| Ok((row.get::<Time>(1)?, row.get::<String>(2)?)),
    )?;
    Ok(match pauses.into_iter().next() {
        Some((at, source)) if source.as_deref() == Some("history") => Known { at, source: "history" },
        Some((at, _)) => Known { at, source: "evidence" },
        None => declared,
    })
}

fn clock() -> Answer<Time> {
    let now = db::run("SELECT clock_timestamp()", &[], |row| row.get::<Time>(1))?;
    Ok(now.into_iter().flatten().next().unwrap_or_else(Time::positive_infinity))
}

/// The open incident's id and title.
fn open() -> Answer<Option<(i64, String)>> {
    let open = db::run(
        "SELECT i.id, i.title FROM promo_guard.incident AS i WHERE i.closed_at IS NULL",
        &[],
        |row| Ok((db::number(row, 1)?, db::text(row, 2)?)),
    )?;
    Ok(open.into_iter().next())
}

/// Refuses a time that is not in the past.
fn past(name: &str, given: Time, now: Time) -> Answer<()> {
    if given.is_finite() && given <= now {
        return Ok(());
    }
    Err(report(
        Refusal::new(SqlState::InvalidParameterValue, format!("{name} must be in the past"))
            .detail(format!("It is {given}, now is {now}."))
            .hint("Leave it out to have the first burst minute looked up in the data."),
    ))
}

/// An incident that is open, locked.
///
/// # Errors
/// 22004 for a null id, 02000 for an unknown one, 55000 for one that is closed.
fn running(id: Option<i64>) -> Answer<Incident> {
    let hint = "SELECT id, title, closed_at FROM promo_guard.incident ORDER BY id DESC;";
    let id = id.ok_or_else(|| {
        report(Refusal::new(SqlState::NullValueNotAllowed, "incident_id is null").hint(hint))
    })?;
    let incident = locked(id)?;
    match incident.closed_at {
        None => Ok(incident),
        Some(at) => Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, format!("incident {id} is closed"))
                .detail(format!("It was closed at {at}."))
                .hint("SELECT promo_guard.open_incident(title => '...', trigger => '...');"),
        )),
    }
}

/// An incident's row, locked until the transaction ends.
fn locked(id: i64) -> Answer<Incident> {
    let rows = db::run(include_str!("../../../sql/query/report/incident.sql"), &[id.into()], |row| {
        Ok(Incident {
            id: db::number(row, 1)?,
            title: db::text(row, 2)?,
            trigger: db::text(row, 3)?,
            started_at: row.get(4)?,
            detected_at: row.get(5)?,
            declared_at: row.get(6)?,
            declared_by: db::text(row, 7)?,
            next_checkpoint_at: row.get(8)?,
            closed_at: row.get(9)?,
            note: row.get(10)?,
        })
    })?;
    rows.into_iter().next().ok_or_else(|| report(unknown(id)))
}

/// The refusal of an id that no incident has.
pub fn unknown(id: i64) -> Refusal {
    Refusal::new(SqlState::NoData, format!("no incident with id {id}"))
        .hint("SELECT id, title, closed_at FROM promo_guard.incident ORDER BY id DESC;")
}

/// An incident as the action log keeps it: as it is, and as it will be.
fn facts(id: i64, next: Option<Time>, closed: Option<Time>, note: Option<&str>) -> Answer<(Value, Value)> {
    let rows = db::run(
        include_str!("../../../sql/query/report/incident_facts.sql"),
        &[id.into(), next.into(), closed.into(), note.into()],
        |row| Ok((row.get::<JsonB>(1)?, row.get::<JsonB>(2)?)),
    )?;
    let json = |json: Option<JsonB>| json.map_or(Value::Null, |json| json.0);
    Ok(rows
        .into_iter()
        .next()
        .map_or((Value::Null, Value::Null), |(before, after)| (json(before), json(after))))
}
