//! The gauges of the view metrics.

use super::escalations;
use crate::failure::Answer;
use crate::triage::overview::Overview;
use crate::triage::standing;
use crate::window::micros;
use crate::{classify, settle};
use pgrx::JsonB;
use pgrx::prelude::*;
use promo_guard_core::Micros;
use promo_guard_core::classify::Ingestion;
use promo_guard_core::triage::Pause;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Paused campaigns that have a gauge: those edited last.
const CAMPAIGNS: usize = 20;

type Gauge = (String, JsonB, Option<f64>);

/// Gauges, in the order in which they are shown.
#[derive(Default)]
struct Gauges(Vec<Gauge>);

impl Gauges {
    fn add(&mut self, name: impl std::fmt::Display, labels: Value, value: Option<f64>) {
        self.0.push((format!("promo_guard_{name}"), JsonB(labels), value));
    }

    fn count(&mut self, name: impl std::fmt::Display, labels: &Value, n: i64) {
        self.add(name, labels.clone(), Some(n as f64));
    }
}

#[pg_extern(sql = false)]
fn gauges(
    as_of: Option<TimestampWithTimeZone>,
) -> crate::failure::returned::Result<
    TableIterator<'static, (name!(name, String), name!(labels, JsonB), name!(value, Option<f64>))>,
> {
    let overview = Overview::new(None, as_of)?;
    let mut gauges = Gauges::default();
    for (status, of) in overview.blast_radius()? {
        let labels = json!({ "status": status.as_deref().unwrap_or("unknown code") });
        for (name, n) in [
            ("campaigns", of.campaigns),
            ("campaigns_changed", of.changed),
            ("attempts", of.reach.attempts),
            ("failed_attempts", of.reach.failed),
            ("failing_users", of.reach.failing_users),
            ("open_reservations", of.open_reservations),
            ("reserved_stars", of.reserved_stars),
        ] {
            gauges.count(name, &labels, n);
        }
    }
    campaigns_and_clusters(&overview, &mut gauges)?;
    for (rule, severity, _, violations, pending, skipped) in settle::summary(&overview.settlement()?)? {
        let labels = json!({ "rule": rule, "severity": severity });
        if skipped.is_none() {
            gauges.count("settlement_violations", &labels, violations.unwrap_or_default());
            gauges.count("settlement_pending", &labels, pending.unwrap_or_default());
        }
    }
    let context = overview.context();
    let mut drift: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    for (.., apart, _, _, _, currency) in context.drift()? {
        *drift.entry(currency.as_deref()).or_default() += *apart as f64;
    }
    for (currency, stars) in drift {
        let labels = currency.map_or_else(|| json!({}), |currency| json!({ "currency": currency }));
        gauges.add("drift_stars", labels, Some(stars));
    }
    let mut escalations: BTreeMap<_, i64> = BTreeMap::new();
    for found in escalations::all(&context)? {
        *escalations
            .entry((found.rule.name(), found.rule.escalate_to().name(), found.overdue))
            .or_default() += 1;
    }
    for ((rule, to, overdue), n) in escalations {
        let labels = json!({ "rule": rule, "escalate_to": to, "overdue": overdue.to_string() });
        gauges.count("escalations", &labels, n);
    }
    let silent = match classify::ingestion(&overview.reading.app, overview.reading.window.until)? {
        Ingestion::Dead(silence) => silence as f64 / 1e6,
        Ingestion::Alive | Ingestion::Unknown => 0.0,
    };
    gauges.add("ingestion_silent_seconds", json!({}), Some(silent));
    Ok(TableIterator::new(gauges.0))
}

/// The paused campaigns edited last, and the failed attempts by kind of cluster.
fn campaigns_and_clusters(overview: &Overview, gauges: &mut Gauges) -> Answer<()> {
    let mut paused = standing::paused(&overview.standing);
    paused.sort_by_key(|(id, edited)| (std::cmp::Reverse(*edited), *id));
    paused.truncate(CAMPAIGNS);
    let shown: Vec<i64> = paused.iter().map(|(id, _)| *id).collect();
    // A cluster says no more than the verdict on its campaign does.
    let tried = overview.reading.tried.iter().filter(|tried| tried.paused).filter_map(|tried| tried.id);
    let judged: BTreeSet<i64> = shown.iter().copied().chain(tried).collect();
    let judged: Vec<i64> = judged.into_iter().collect();
    let (campaigns, _, clusters) = overview.assessed(&judged, usize::MAX)?;
    let now: Micros = micros(overview.reading.window.until);
    for campaign in campaigns.iter().filter(|c| shown.contains(&c.id)) {
        let Some(pause) = &campaign.pause else { continue };
        let age = |pause: &Pause| pause.at.map(|at| now.saturating_sub(at) as f64 / 1e6);
        let labels = json!({ "campaign_id": campaign.id.to_string(), "verdict": campaign.judgement.verdict.name(),
            "source": pause.source.name() });
        gauges.add("paused_seconds", labels, age(pause));
    }
    let mut kinds: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for cluster in &clusters {
        let of = kinds.entry(cluster.kind.name()).or_default();
        let counts = [cluster.attempts, cluster.users, cluster.recovered_users];
        of.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
    }
    for (kind, counts) in kinds {
        for (name, n) in ["attempts", "users", "recovered_users"].iter().zip(counts) {
            gauges.add(format_args!("cluster_{name}"), json!({ "kind": kind }), Some(n as f64));
        }
    }
    Ok(())
}
