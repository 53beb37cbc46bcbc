//! The report: what section 6 of the runbook wants told, with the data for its charts. The same for the same data and `as_of`.

use super::parts::{Campaigns, incident};
use super::scope::Scope;
use super::timeline::Timeline;
use crate::app::App;
use crate::clusters::{Reading, give_up, names};
use crate::failure::{Answer, report};
use crate::triage::standing::{self, Standing};
use crate::triage::{assessment, pause};
use crate::window::{Window, iso, micros, moment};
use crate::{db, records};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::Span;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::{Cluster, Clusters, Kind};
use promo_guard_core::report::{Buckets, METHOD, Users};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A report goes no further back than this: an incident that was never closed must not scan the whole history.
const LONGEST: Span = Span::from_days(31);

#[pg_extern(sql = false)]
fn incident_report(
    incident_id: Option<i64>,
    lookback: Option<Interval>,
    as_of: Option<TimestampWithTimeZone>,
) -> Answer<JsonB> {
    let policy = records::policy()?;
    let window = Window::new(lookback, policy.triage_lookback(), as_of)?;
    let as_of = window.until;
    let length = micros(as_of).saturating_sub(micros(window.from));
    let incident = incident(incident_id, as_of)?;
    if let (Some(id), None) = (incident_id, &incident) {
        return Err(report(super::incident::unknown(id)));
    }
    let app = App::open(&[Entity::Campaigns, Entity::Attempts, Entity::Redemptions, Entity::Purchases])?;

    let until = incident.as_ref().and_then(|i| i.closed_at).unwrap_or(as_of).min(as_of);
    let back = |span: i64| moment(micros(until).saturating_sub(span));
    let start = match &incident {
        Some(i) => i.started_at.unwrap_or_else(|| moment(micros(i.declared_at).saturating_sub(length))),
        None => back(length),
    };
    // An incident of the future, or one forgotten open: something that can be looked at.
    let start = if start < until { start.max(back(LONGEST.micros())) } else { back(length) };
    let reading = Reading::new(app, policy, Window { from: start, until })?;
    let scope = Scope { reading, start, until };
    let standing = Standing::since(&scope.reading.app, micros(until))?;
    let edits = standing::paused(&standing);
    let pauses = pause::of(&scope.reading.app, &scope.reading.policy, &edits, until)?;
    let paused: Vec<i64> = edits.iter().map(|(id, _)| *id).collect();
    let (assessed, _, divided) =
        assessment::of(&scope.reading, &paused, (&standing, &pauses), |division| division.all(&mut give_up))?;
    let buckets = Buckets::covering(micros(start).saturating_sub(length), micros(until));

    let campaigns = Campaigns::look(&scope, incident.as_ref(), assessed)?;
    let timeline = Timeline::of(&scope, incident.as_ref(), &campaigns);
    let settle_from = start.min(back(scope.reading.policy.settle_lookback().micros()));
    let mut document = json!({
        "as_of": iso(Some(as_of)),
        "window": {
            "from": iso(Some(start)),
            "until": iso(Some(until)),
            "series_from": iso(Some(moment(buckets.from))),
        },
        "incident": incident.as_ref().map_or(Value::Null, |i| i.facts.clone()),
        "affected": campaigns.affected(),
        "user_impact": impact(&scope, suspects(&scope.reading, &divided))?,
        "actions": campaigns.actions(),
        "verdicts": campaigns.verdicts(),
        "clusters": divided.clusters.iter().zip(1..).map(cluster).collect::<Value>(),
        "funnel": scope.read(
            include_str!("../../../sql/query/report/parts/funnel.sql"),
            &[start.into(), until.into()],
        )?,
        "settlement": scope.ask(
            include_str!("../../../sql/query/report/parts/settlement.sql"),
            &[settle_from.into(), until.into()],
        )?,
        "escalations": scope.ask(
            include_str!("../../../sql/query/report/parts/escalations.sql"),
            &[as_of.into()],
        )?,
        "next_checkpoint": incident.as_ref().map_or(Value::Null, |i| i.next_checkpoint.clone()),
        "timeline": timeline,
        "series": series(&scope, buckets)?,
        "basis": basis(incident.is_some()),
    });
    let mut mentioned = BTreeSet::new();
    campaigns_in(&document, &mut mentioned);
    let names = names(&scope.reading.app, mentioned.into_iter().collect())?;
    document["campaign_names"] = names.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok(JsonB(document))
}

/// The ids of the campaigns that a document mentions: each `campaign_id`, and the ids of the actions.
fn campaigns_in(document: &Value, found: &mut BTreeSet<i64>) {
    match document {
        Value::Array(items) => items.iter().for_each(|item| campaigns_in(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match key.as_str() {
                    "campaign_id" => found.extend(value.as_str().and_then(|id| id.parse::<i64>().ok())),
                    "paused" | "unpaused" | "rotated" | "fixed" | "successors" => {
                        let ids = value.as_array().into_iter().flatten();
                        found.extend(ids.filter_map(|id| id.as_str()?.parse::<i64>().ok()));
                    }
                    _ => campaigns_in(value, found),
                }
            }
        }
        _ => {}
    }
}

/// Users in clusters that look like attacks.
fn suspects(reading: &Reading, divided: &Clusters) -> Vec<i64> {
    let attack = |kind| matches!(kind, Kind::AbusedCode | Kind::LeakedCode | Kind::Enumeration);
    let mut users: Vec<i64> = divided
        .members(&reading.picture)
        .filter(|(cluster, _)| attack(cluster.kind))
        .filter_map(|(_, pair)| reading.picture.user_of(pair))
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// A cluster. That of an unknown code is named after a hash: the name is left out.
fn cluster((c, rank): (&Cluster, i64)) -> Value {
    json!({
        "rank": rank, "kind": c.kind.name(), "campaign_id": c.campaign.map(|id| id.to_string()), "attempts": c.attempts,
        "users": c.users, "codes": c.codes, "first_seen": iso(Some(moment(c.first_seen))),
        "last_seen": iso(Some(moment(c.last_seen))), "active": c.active, "recovered_users": c.recovered_users,
        "explanation": c.explanation,
    })
}

/// Users hurt, as a range with its method.
fn impact(scope: &Scope, suspects: Vec<i64>) -> Answer<Value> {
    let counted = scope.reading.app.read(
        include_str!("../../../sql/query/report/parts/impact.sql"),
        &[
            scope.start.into(),
            scope.until.into(),
            scope.reading.policy.failure_results().to_vec().into(),
            scope.reading.policy.recovery_within().micros().into(),
            suspects.into(),
        ],
        |row| {
            let n = |column| db::number(row, column);
            let users =
                Users { failing: n(1)?, recovered: n(2)?, suspected: n(3)?, recovered_or_suspected: n(4)? };
            Ok((users, n(5)?, n(6)?))
        },
    )?;
    let Some((users, nobodys, limited)) = counted.into_iter().next() else { return Ok(Value::Null) };
    let range = users.impact();
    Ok(json!({
        "failing": users.failing,
        "recovered": users.recovered,
        "suspected_attackers": users.suspected,
        "estimate_low": range.low,
        "estimate_high": range.high,
        "only_rate_limited": limited,
        "failures_without_user": nobodys,
        "method": METHOD,
    }))
}

fn series(scope: &Scope, buckets: Buckets) -> Answer<Value> {
    let rows = scope.read(
        include_str!("../../../sql/query/report/parts/series.sql"),
        &[
            moment(buckets.from).into(),
            scope.until.into(),
            scope.reading.policy.failure_results().to_vec().into(),
            scope.reading.policy.recovery_within().micros().into(),
            buckets.length.micros().into(),
            buckets.count.into(),
        ],
    )?;
    Ok(
        json!({ "bucket": buckets.length.to_string(), "bucket_seconds": buckets.length.micros() / 1_000_000, "rows": rows }),
    )
}

/// Which parts are counted, and which are concluded.
fn basis(incident: bool) -> Value {
    let mut estimates = vec![
        json!({ "field": "user_impact.recovered", "why": "That a later success makes good a failure is an assumption; see policy recovery_within." }),
        json!({ "field": "user_impact.suspected_attackers", "why": "Suspected by the pattern of their failures, not proven." }),
        json!({ "field": "user_impact.estimate_low", "why": "See method." }),
        json!({ "field": "user_impact.estimate_high", "why": "See method." }),
        json!({ "field": "verdicts", "why": "Concluded from the evidence, with the confidence given." }),
        json!({ "field": "clusters.kind", "why": "Concluded from who failed, on what, when." }),
        json!({ "field": "affected.campaigns.paused_at", "why": "A fact where its source is history; evidence and estimated are conclusions." }),
    ];
    if incident {
        estimates.push(json!({ "field": "incident.started_at", "why": "A fact where its source is given; data: the first minute of the burst of failures." }));
        estimates.push(json!({ "field": "incident.detected_at", "why": "A fact where its source is history; evidence: when the auto-pause rule began to hold; declared: no later than that." }));
    }
    json!({
        "facts": ["actions", "escalations", "funnel", "incident", "next_checkpoint", "series", "settlement", "user_impact.failing"],
        "estimates": estimates,
    })
}
