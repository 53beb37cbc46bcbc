//! Fixing the terms of a paused campaign: core judges the outcome, and only a sound one is written.

use crate::failure::{Answer, OrReport, report};
use crate::{changes, db, json, records};
use pgrx::AnyElement;
use pgrx::prelude::*;
use promo_guard_core::campaign::{Campaign, PAUSED};
use promo_guard_core::contain::{Field, Given, InUse, apply, check, read};
use promo_guard_core::policy::Policy;
use promo_guard_core::{Micros, Refusal, SqlState};
use serde_json::{Map, Value};

/// The columns of an answer.
type Shown = (&'static str, Option<String>, Option<String>);

#[pg_extern(sql = false)]
fn fix_campaign(
    campaign_id: Option<i64>,
    changes: Option<AnyElement>,
    reason: Option<&str>,
    dry_run: Option<bool>,
) -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (name!(field, &'static str), name!(before, Option<String>), name!(after, Option<String>)),
    >,
> {
    changes::allowed()?;
    let _settings = changes::Settings::lock_timeout();
    let id = changes::campaign_id(campaign_id)?;
    let reason = changes::reason(reason)?;
    let dry_run = dry_run.unwrap_or(false);
    let given = given(changes)?;
    let wanted = read(&given, moment).or_report()?;
    let campaigns = changes::Campaigns::open()?;
    for (field, _) in &wanted {
        if campaigns.column(field.name()).is_none() {
            return Err(report(lacking(*field, campaigns.table())));
        }
    }
    let mut locked = campaigns.lock(id)?;
    let before = locked.row().clone();
    if !before.is(PAUSED) {
        return Err(report(not_paused(&before)));
    }
    let after = apply(&before, &wanted);
    check(&after, in_use(&campaigns, &records::policy()?, &after)?).or_report()?;

    let changed: Vec<Field> =
        wanted.iter().map(|(field, _)| *field).filter(|f| f.of(&before) != f.of(&after)).collect();
    if !dry_run && !changed.is_empty() {
        let values: Vec<(&str, Option<String>)> =
            changed.iter().map(|f| (f.name(), f.of(&after).text())).collect();
        locked.update(&values, db::clock())?;
        if let Some(field) = changed.iter().find(|f| f.of(locked.row()) != f.of(&after)) {
            return Err(report(undone(*field, locked.row(), &after, campaigns.table())));
        }
    }
    let object = |campaign: &Campaign| -> Value {
        let value = |f: &Field| f.of(campaign).text().map_or(Value::Null, Value::String);
        Value::Object(changed.iter().map(|f| (f.name().to_owned(), value(f))).collect::<Map<_, _>>())
    };
    let decision = match (dry_run, changed.is_empty()) {
        (true, _) => "DRY_RUN",
        (false, true) => "UNCHANGED",
        (false, false) => "FIXED",
    };
    records::Action {
        action: "fix_campaign",
        campaign_id: Some(id),
        decision,
        reason: Some(reason),
        before: Some(object(&before)),
        after: Some(object(&after)),
        ..Default::default()
    }
    .record()?;
    let rows: Vec<Shown> =
        wanted.iter().map(|(f, _)| (f.name(), f.of(&before).text(), f.of(&after).text())).collect();
    Ok(TableIterator::new(rows))
}

/// The fields of the JSON with their numbers as written. PostgreSQL takes it apart: its numbers know no limit, and a library
/// that reads them as doubles fails on 1e400.
fn given(changes: Option<AnyElement>) -> Answer<Vec<(String, Given)>> {
    let Some(changes) = changes else {
        return Err(report(
            Refusal::new(SqlState::NullValueNotAllowed, "changes is null")
                .detail("It is a JSON object of fields and their new values.")
                .hint(r#"changes => '{"valid_until": "2026-12-31 23:59:00Z"}'"#),
        ));
    };
    let json = json::parameter(&changes);
    let rows = db::read(include_str!("../../../sql/query/contain/given.sql"), &[json], |row| {
        Ok((row.get::<String>(1)?, db::text(row, 2)?, row.get::<String>(3)?))
    })?;
    let mut given = Vec::new();
    for (name, kind, text) in rows {
        let Some(name) = name else {
            return Err(report(
                Refusal::new(SqlState::InvalidParameterValue, "changes is not a JSON object")
                    .detail(format!("It is of the JSON type {kind}."))
                    .hint(r#"changes => '{"valid_until": "2026-12-31 23:59:00Z"}'"#),
            ));
        };
        let text = text.unwrap_or_default();
        let value = match kind.as_str() {
            "null" => Given::Null,
            "string" => Given::Text(text),
            "number" => Given::Number(text),
            "boolean" => Given::Flag(text == "true"),
            _ => Given::Nested,
        };
        given.push((name, value));
    }
    Ok(given)
}

/// A moment as PostgreSQL reads it, in UTC where it names no zone.
fn moment(text: &str) -> Option<Micros> {
    let read = db::attempt(|| {
        db::read("SELECT $1::text::timestamptz", &[text.into()], |row| row.get::<TimestampWithTimeZone>(1))
    });
    read.ok()?.ok()?.into_iter().flatten().next().map(crate::window::micros)
}

/// What the outcome is held against.
fn in_use(campaigns: &changes::Campaigns, policy: &Policy, after: &Campaign) -> Answer<InUse> {
    let now = db::clock();
    let found = campaigns.app().read(
        include_str!("../../../sql/query/contain/in_use.sql"),
        &[after.id.into(), now.into(), after.target_scope.as_deref().into()],
        |row| Ok((db::number(row, 1)?, db::number(row, 2)?, db::number(row, 3)?)),
    )?;
    let (reserved, same, others) = found.first().copied().unwrap_or_default();
    let known = policy.known_scopes();
    let scope_known = if crate::settle::lacking()?.lacks("campaigns.target_scope") {
        None
    } else if known.is_empty() {
        (others > 0).then_some(same > 0)
    } else {
        Some(after.target_scope.as_ref().is_some_and(|scope| known.contains(scope)))
    };
    Ok(InUse { now: crate::window::micros(now), reserved, scope_known })
}

fn lacking(field: Field, table: &str) -> Refusal {
    let name = field.name();
    Refusal::new(SqlState::UndefinedColumn, format!("the application has no {name}"))
        .detail(format!("{table} has no column that is bound as {name}; nothing was changed."))
        .hint(format!(
            "If it has one: SELECT * FROM promo_guard.bind(columns => '{{\"campaigns\": {{\"{name}\": \"its name there\"}}}}');"
        ))
}

fn not_paused(campaign: &Campaign) -> Refusal {
    let refusal = Refusal::new(
        SqlState::ObjectNotInPrerequisiteState,
        format!("campaign {} is not paused", campaign.id),
    )
    .detail(format!(
        "Its status is {}. Pause it first: a campaign is fixed while it cannot be redeemed.",
        campaign.status.as_deref().unwrap_or("null")
    ));
    if campaign.is(promo_guard_core::campaign::ACTIVE) {
        refusal.hint(format!("SELECT * FROM promo_guard.pause({}, 'to be fixed');", campaign.id))
    } else {
        refusal.hint("Only the application can start a campaign again that is over.")
    }
}

fn undone(field: Field, now: &Campaign, wanted: &Campaign, table: &str) -> Refusal {
    let text = |c: &Campaign| field.of(c).text().unwrap_or_else(|| "null".to_owned());
    Refusal::new(
        SqlState::ObjectNotInPrerequisiteState,
        format!("{} of campaign {} did not become {}", field.name(), now.id, text(wanted)),
    )
    .detail(format!(
        "After the update it is {}: a trigger or the type of the column in {table} changed it.",
        text(now)
    ))
    .hint("Nothing was changed. Ask the application's owner.")
}
