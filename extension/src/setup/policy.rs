//! Policy: read with the view, changed with a reason.

use crate::failure::{Answer, OrReport, report};
use crate::{changes, db, records};
use pgrx::heap_tuple::PgHeapTuple;
use pgrx::prelude::*;
use promo_guard_core::policy::{Setting, Value, find, settings};
use promo_guard_core::{Refusal, Span, SqlState};
use serde_json::json;

#[pg_extern(sql = false)]
fn policy_defaults() -> TableIterator<
    'static,
    (
        name!(name, &'static str),
        name!(default_value, &'static str),
        name!(unit, &'static str),
        name!(description, &'static str),
    ),
> {
    TableIterator::new(settings().map(|s| (s.name, s.default, s.unit, s.description)))
}

#[pg_extern(sql = false)]
fn set_policy(
    name: Option<&str>,
    value: Option<&str>,
    reason: Option<&str>,
) -> crate::failure::returned::Result<pgrx::composite_type!('static, "promo_guard.policy")> {
    changes::allowed()?;
    changes::owner_only("set_policy")?;
    let _settings = changes::Settings::lock_timeout();
    let name = name.ok_or_else(|| {
        report(
            Refusal::new(SqlState::NullValueNotAllowed, "the policy's name is null")
                .hint("SELECT name, value, unit, description FROM promo_guard.policy;"),
        )
    })?;
    let setting = find(name).or_report()?;
    let reason = changes::reason(reason)?;
    let new = match value {
        None => setting.default_value(),
        Some(text) => read(setting, text)?,
    };
    db::execute("LOCK TABLE promo_guard.policy_override IN SHARE ROW EXCLUSIVE MODE", &[])?;
    let stored =
        db::run("SELECT value FROM promo_guard.policy_override WHERE name = $1", &[name.into()], |row| {
            db::text(row, 1)
        })?;
    let old = stored.into_iter().next().unwrap_or_else(|| setting.default.to_owned());
    let new = new.to_string();
    if new == old {
        return row(setting, &new);
    }
    if new == setting.default {
        db::execute("DELETE FROM promo_guard.policy_override WHERE name = $1", &[name.into()])?;
    } else {
        db::execute(
            include_str!("../../../sql/query/setup/set_policy.sql"),
            &[name.into(), new.as_str().into(), reason.into()],
        )?;
    }
    records::Action {
        action: "set_policy",
        decision: "DONE",
        reason: Some(reason),
        before: Some(json!({ name: old })),
        after: Some(json!({ name: new })),
        ..Default::default()
    }
    .record()?;
    row(setting, &new)
}

fn row(setting: &Setting, value: &str) -> Answer<pgrx::composite_type!('static, "promo_guard.policy")> {
    let build = || -> Result<_, Box<dyn std::error::Error>> {
        let mut row = PgHeapTuple::new_composite_type("promo_guard.policy")?;
        row.set_by_name("name", setting.name)?;
        row.set_by_name("value", value.to_owned())?;
        row.set_by_name("default_value", setting.default)?;
        row.set_by_name("unit", setting.unit)?;
        row.set_by_name("description", setting.description)?;
        Ok(row)
    };
    build().map_err(|e| {
        pgrx::pg_sys::panic::ErrorReport::new(
            PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
            format!("promo_guard.policy is not the view that this library knows: {e}"),
            "set_policy",
        )
    })
}

/// Reads a value. Whatever PostgreSQL takes for an interval will do for a length of time, months excepted.
fn read(setting: &Setting, text: &str) -> Answer<Value> {
    if !setting.is_span() {
        return setting.read(text).or_report();
    }
    let interval = db::run("SELECT $1::interval", &[text.into()], |row| row.get::<Interval>(1))?
        .into_iter()
        .flatten()
        .next();
    let span = interval
        .filter(|i| i.months() == 0)
        .and_then(|i| i64::try_from(i.as_micros()).ok())
        .map_or_else(|| text.to_owned(), |micros| Span::from_micros(micros).to_string());
    setting.read(&span).or_report()
}
