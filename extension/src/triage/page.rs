//! `triage()`: the whole first page in one value, from one reading of the window.

use super::blast_radius::Blast;
use super::overview::Overview;
use super::{failed_attempts, standing};
use crate::classify::{self, JudgedBatch};
use crate::clusters::{self, Reading};
use crate::db;
use crate::escalate::{self, Context};
use crate::failure::Answer;
use crate::keys::Keys;
use crate::settle;
use crate::window::{iso, moment};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::attempt::{Outcome, Outcomes};
use promo_guard_core::classify::{Ingestion, Judgement, Verdict};
use promo_guard_core::clusters::Cluster;
use promo_guard_core::triage::{
    Batch, CampaignAssessment, MassPause, Pause, Stats, batches, mass_pauses, unknown_codes,
};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// Rows of each list.
const MOST: usize = 50;

#[pg_extern(sql = false)]
fn triage(lookback: Option<Interval>, as_of: Option<TimestampWithTimeZone>) -> Answer<JsonB> {
    let overview = Overview::new(lookback, as_of)?;
    let (reading, window) = (&overview.reading, overview.reading.window);
    let paused: Vec<i64> = standing::paused(&overview.standing).into_iter().map(|(id, _)| id).collect();
    let (campaigns, judged, clusters) = overview.assessed(&paused, MOST)?;
    let failures = Outcomes::named(reading.policy.failure_results());
    let totals = Stats::of(&reading.picture, &reading.picture.pairs, failures);
    let unmapped = unmapped(reading)?;
    let baseline = clusters::baseline(&reading.app, window, results(reading, &unmapped)?)?;
    let ingestion = classify::ingestion(&reading.app, window.until)?;

    let mut withheld = Map::new();
    let mut page = Map::new();
    page.insert("window".into(), json!({ "from": iso(Some(window.from)), "until": iso(Some(window.until)) }));
    page.insert("headline".into(), headline(reading, &campaigns, totals, &baseline, failures));
    let keys = Keys::of(&reading.app, listed(&campaigns).map(|c| c.id))?;
    let events = mass_pauses(&campaigns);
    let event_of: HashMap<i64, i64> =
        events.iter().flat_map(|event| event.ids.iter().map(|id| (*id, event.campaign))).collect();
    let line = |c: &CampaignAssessment| campaign(c, &keys, event_of.get(&c.id));
    page.insert("campaigns".into(), listed(&campaigns).map(line).collect());
    page.insert("mass_pauses".into(), events.iter().map(mass_pause).collect());
    page.insert("campaigns_total".into(), campaigns.len().into());
    page.insert("batches".into(), batches_of(reading, &campaigns, judged, failures));
    page.insert("unpaused".into(), unpaused(reading)?);
    let names = clusters::names(&reading.app, clusters.iter().filter_map(|c| c.campaign).collect())?;
    let cluster = |c: &Cluster| cluster(c, &names);
    page.insert("unknown_codes".into(), unknown_codes(&clusters).map(cluster).collect());
    page.insert("clusters".into(), clusters.iter().map(cluster).collect());
    page.insert("blast_radius".into(), overview.blast_radius()?.iter().map(blast).collect());
    page.insert(
        "baseline".into(),
        baseline
            .iter()
            .map(|(result, attempts, share, expected, ratio, periods)| {
                json!({ "result": result, "attempts": attempts, "share": share, "expected": expected, "ratio": ratio,
                    "periods": periods })
            })
            .collect(),
    );
    if may_see_hashes()? {
        page.insert("failed_attempts".into(), failed(reading)?);
    } else {
        withheld.insert(
            "failed_attempts".into(),
            "code hashes are for operators: promo_guard.grant_operator() gives access".into(),
        );
    }
    // Neither is worth losing the rest of the page for.
    match db::attempt(|| settlement(&overview))? {
        Ok(found) => drop(page.insert("settlement".into(), found)),
        Err(why) => drop(withheld.insert("settlement".into(), why.into())),
    }
    match db::attempt(|| escalations(&overview.context()))? {
        Ok(found) => drop(page.insert("escalations".into(), found)),
        Err(why) => drop(withheld.insert("escalations".into(), why.into())),
    }
    page.insert("ingestion".into(), ingestion_of(reading, ingestion, &unmapped));
    page.insert("withheld".into(), Value::Object(withheld));
    Ok(JsonB(Value::Object(page)))
}

fn at(at: Option<Micros>) -> Value {
    iso(at.map(moment))
}

/// Many campaigns that one actor paused at once.
fn mass_pause(event: &MassPause) -> Value {
    json!({
        "campaign_id": event.campaign.to_string(), "paused_at": at(Some(event.at)), "paused_by": event.by,
        "campaigns": event.ids.len(), "next_command": event.next_command(),
    })
}

fn campaign(c: &CampaignAssessment, keys: &Keys, paused_with: Option<&i64>) -> Value {
    let pause = c.pause.as_ref();
    json!({
        "campaign_id": c.id.to_string(),
        "campaign_key": keys.key(c.id),
        "campaign_name": c.name,
        "code_prefix": c.prefix,
        "status": c.status,
        "updated_at": at(c.updated_at),
        "paused_at": at(pause.and_then(|p| p.at)),
        "paused_not_before": at(pause.and_then(|p| p.not_before)),
        "paused_not_after": at(pause.and_then(|p| p.not_after)),
        "paused_at_source": pause.map(|p| p.source.name()),
        "paused_by": pause.and_then(|p| p.by()),
        "pause_reason": pause.and_then(|p| p.reason()),
        "paused_with": paused_with.map(i64::to_string),
        "verdict": c.judgement.verdict.name(),
        "confidence": c.judgement.rounded(),
        "attempts": c.stats.attempts,
        "failed_attempts": c.stats.failed,
        "users": c.stats.failing_users,
        "accepted": c.stats.accepted,
        "needs_action": c.needs_action(),
        "action": c.judgement.action,
        "short_action": c.short_action(),
        "next_command": c.next_command(),
        "reasons": c.judgement.reasons,
    })
}

fn cluster(c: &Cluster, names: &HashMap<i64, String>) -> Value {
    let results: Map<String, Value> = Outcome::ALL
        .iter()
        .zip(c.results)
        .filter(|(_, n)| *n > 0)
        .map(|(outcome, n)| (outcome.name().to_owned(), n.into()))
        .collect();
    json!({
        "cluster_id": c.id, "kind": c.kind.name(), "campaign_id": c.campaign.map(|id| id.to_string()),
        "attempts": c.attempts, "users": c.users, "codes": c.codes, "results": results, "first_seen": at(Some(c.first_seen)),
        "last_seen": at(Some(c.last_seen)), "peak_per_minute": c.peak_per_minute, "active": c.active,
        "recovered_users": c.recovered_users, "score": c.score, "explanation": c.explanation, "series": c.series,
        "accepted": c.accepted, "needs_action": c.needs_action, "campaign_name": c.campaign.and_then(|id| names.get(&id)),
    })
}

fn blast((status, of): &(Option<String>, Blast)) -> Value {
    json!({
        "status": status, "campaigns": of.campaigns, "changed": of.changed, "attempts": of.reach.attempts,
        "failed_attempts": of.reach.failed, "failing_users": of.reach.failing_users,
        "open_reservations": of.open_reservations, "reserved_stars": of.reserved_stars,
    })
}

fn batches_of(
    reading: &Reading,
    campaigns: &[CampaignAssessment],
    judged: Vec<JudgedBatch>,
    failures: Outcomes,
) -> Value {
    let mut of = batches(&reading.picture, campaigns, failures);
    for JudgedBatch { name, id, judgement, .. } in judged {
        let tried = reading.tried.iter().filter(|tried| tried.name.as_ref() == Some(&name));
        let tried: Vec<u32> = tried.filter_map(|tried| tried.place).collect();
        let place = of.iter().position(|batch| batch.name == name).unwrap_or_else(|| {
            of.push(Batch { name, ..Batch::default() });
            of.len() - 1
        });
        of[place].judge(&reading.picture, &tried, failures, (judgement, id));
    }
    of.retain(|batch| batch.codes > 1);
    of.sort_by_key(|batch| batch.judged.as_ref().map_or(Verdict::Healthy, |(judged, _)| judged.verdict));
    of.iter()
        .take(MOST)
        .map(|batch| {
            let judged = batch.judged.as_ref().map(|(judgement, _)| judgement);
            json!({ "campaign_name": batch.name, "codes": batch.codes, "paused": batch.paused,
                "need_action": batch.need_action, "verdict": judged.map(|j| j.verdict.name()),
                "confidence": judged.map(Judgement::rounded), "action": judged.map(|j| &j.action),
                "reasons": judged.map(|j| &j.reasons), "next_command": batch.next_command(),
                "verdicts": verdicts(&batch.verdicts),
                "attempts": batch.stats.attempts, "failed_attempts": batch.stats.failed, "users": batch.stats.failing_users,
                "accepted": batch.stats.accepted })
        })
        .collect()
}

/// Codes of each verdict, without those that no code has.
fn verdicts(of: &[Verdict]) -> Map<String, Value> {
    let count = |verdict| of.iter().filter(|one| **one == verdict).count();
    Verdict::ALL
        .iter()
        .map(|v| (v.name().to_owned(), count(*v)))
        .filter(|(_, n)| *n > 0)
        .map(|(v, n)| (v, n.into()))
        .collect()
}

/// The worst campaigns, and the worst of each of the worst batches: fifty codes of one batch must not hide everything else.
fn listed(campaigns: &[CampaignAssessment]) -> impl Iterator<Item = &CampaignAssessment> {
    let mut lines = 0;
    let mut names = HashSet::new();
    campaigns.iter().enumerate().filter_map(move |(place, campaign)| {
        let named = campaign.name.as_deref().filter(|name| !name.is_empty());
        let first = named.is_none_or(|name| names.insert(name));
        lines += usize::from(first);
        (place < MOST || (first && lines <= MOST)).then_some(campaign)
    })
}

/// Campaigns that were unpaused within the window and are ACTIVE.
fn unpaused(reading: &Reading) -> Answer<Value> {
    let window = reading.window;
    let found = db::read(
        include_str!("../../../sql/query/triage/unpaused.sql"),
        &[window.from.into(), window.until.into()],
        |row| {
            let time = |column| row.get::<TimestampWithTimeZone>(column);
            Ok((db::number(row, 1)?, time(2)?, row.text(3)?, row.text(4)?, time(5)?, time(6)?))
        },
    )?;
    let ids: Vec<i64> = found.iter().map(|(id, ..)| *id).collect();
    let named: HashMap<i64, (Option<String>, Option<String>)> = reading
        .app
        .read(include_str!("../../../sql/query/triage/named.sql"), &[ids.into()], |row| {
            Ok((db::number(row, 1)?, (row.text(2)?, row.text(3)?)))
        })?
        .into_iter()
        .collect();
    let keys = Keys::of(&reading.app, named.keys().copied())?;
    Ok(found
        .into_iter()
        .filter_map(|(id, at, by, state, since, until)| {
            let (name, status) = named.get(&id)?;
            (status.as_deref() == Some("ACTIVE")).then(|| {
                json!({ "campaign_id": id.to_string(), "campaign_key": keys.key(id), "campaign_name": name, "unpaused_at": iso(at),
                    "unpaused_by": by, "bake_state": state, "bake_since": iso(since), "bake_until": iso(until) })
            })
        })
        .collect())
}

fn headline(
    reading: &Reading,
    campaigns: &[CampaignAssessment],
    totals: Stats,
    baseline: &[clusters::Normal],
    failures: Outcomes,
) -> Value {
    let count = |wanted: &dyn Fn(&CampaignAssessment) -> bool| campaigns.iter().filter(|c| wanted(c)).count();
    let within =
        |p: &Pause| p.at.is_some_and(|at| (reading.picture.from..=reading.picture.until).contains(&at));
    let share = |part: f64, all: f64| (all > 0.0).then_some(part / all);
    let normal = |wanted: &dyn Fn(&str) -> bool| -> f64 {
        baseline.iter().filter(|row| wanted(&row.0)).filter_map(|row| row.3).sum()
    };
    let paused = |verdict: Verdict| count(&|c| c.pause.is_some() && c.judgement.verdict == verdict);
    let verdicts: Map<String, Value> =
        Verdict::ALL.iter().map(|v| (v.name().to_owned(), paused(*v).into())).collect();
    json!({
        "attempts": totals.attempts,
        "failed_attempts": totals.failed,
        "failed_share": share(totals.failed as f64, totals.attempts as f64),
        "normal_failed_share": share(
            normal(&|result| failures.contains(Outcome::read(result.as_bytes()))), normal(&|_| true)),
        "failing_users": totals.failing_users,
        "paused": count(&|c| c.pause.is_some()),
        "paused_within": count(&|c| c.pause.as_ref().is_some_and(within)),
        "paused_by_verdict": verdicts,
        "active_with_findings": count(&|c| c.pause.is_none() && c.needs_action()),
        "need_action": count(&CampaignAssessment::needs_action),
        "uncounted_attempts": reading.picture.uncounted,
    })
}

/// Whether the caller may call failed_attempts(), which shows hashes.
fn may_see_hashes() -> Answer<bool> {
    let found =
        db::read(include_str!("../../../sql/query/triage/may_see_hashes.sql"), &[], |row| db::flag(row, 1))?;
    Ok(found.first().copied().unwrap_or_default())
}

fn failed(reading: &Reading) -> Answer<Value> {
    let rows = failed_attempts::of(reading, Some(MOST as i64))?;
    Ok(rows
        .into_iter()
        .map(|(code, campaign, result, attempts, users, first, last, accepted)| {
            json!({ "code_hash": code, "campaign_id": campaign.map(|id| id.to_string()), "result": result,
                "attempts": attempts, "users": users, "first_seen": iso(first), "last_seen": iso(last),
                "accepted": accepted })
        })
        .collect())
}

fn settlement(overview: &Overview) -> Answer<Value> {
    let lines = settle::summary(&overview.settlement()?)?;
    Ok(lines
        .into_iter()
        .map(|(rule, severity, checked, violations, pending, skipped)| {
            json!({ "rule": rule, "severity": severity, "checked": checked, "violations": violations, "pending": pending,
                "skipped": skipped })
        })
        .collect())
}

fn escalations(context: &Context<'_>) -> Answer<Value> {
    let found = escalate::found(context)?;
    Ok(found
        .into_iter()
        .map(|(found, by)| {
            json!({ "rule": found.rule.name(), "severity": found.rule.severity().name(),
                "campaign_id": found.campaign_id.map(|id| id.to_string()),
                "escalate_to": found.rule.escalate_to().name(), "since": iso(found.since), "due_at": iso(found.due_at),
                "overdue": found.overdue, "acknowledged_by": by, "detail": found.detail })
        })
        .collect())
}

/// The window's attempts by result.
fn results(reading: &Reading, unmapped: &[(String, i64)]) -> Answer<Vec<(String, i64)>> {
    if reading.picture.uncounted > 0 {
        return clusters::results(&reading.app, reading.window);
    }
    let mut counts = [0_i64; Outcome::ALL.len()];
    for event in &reading.picture.events {
        counts[event.outcome as usize] += 1;
    }
    let known = Outcome::ALL.into_iter().zip(counts).filter(|(outcome, _)| *outcome != Outcome::Other);
    let known = known.map(|(outcome, n)| (outcome.name().to_owned(), n));
    Ok(known.filter(|(_, n)| *n > 0).chain(unmapped.iter().cloned()).collect())
}

/// The window's attempts with a result that no rule knows: neither a success nor a failure, and never passed over.
fn unmapped(reading: &Reading) -> Answer<Vec<(String, i64)>> {
    if !reading.picture.events.iter().any(|event| event.outcome == Outcome::Other) {
        return Ok(Vec::new());
    }
    let known: Vec<String> =
        Outcome::ALL.iter().filter(|o| **o != Outcome::Other).map(|o| o.name().to_owned()).collect();
    reading.app.read(
        include_str!("../../../sql/query/triage/unmapped.sql"),
        &[moment(reading.picture.from).into(), moment(reading.picture.until).into(), known.into()],
        |row| Ok((db::text(row, 1)?, db::number(row, 2)?)),
    )
}

fn ingestion_of(reading: &Reading, ingestion: Ingestion, unmapped: &[(String, i64)]) -> Value {
    let unmapped: Vec<Value> =
        unmapped.iter().map(|(result, n)| json!({ "result": result, "attempts": n })).collect();
    let last = reading.picture.events.iter().map(|event| event.at).max();
    let (state, silent) = match ingestion {
        Ingestion::Alive => ("alive", None),
        Ingestion::Dead(silence) => ("silent", Some(silence / 1_000_000)),
        Ingestion::Unknown => ("unknown", None),
    };
    json!({ "state": state, "silent_seconds": silent, "last_attempt_in_window": at(last.map(|at| reading.picture.moment(at))),
        "unmapped": unmapped })
}
