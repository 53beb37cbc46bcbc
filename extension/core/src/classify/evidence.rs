//! The numbers of a conclusion.

use super::crowd::FEATURES;
use super::trigger::Cause;
use super::weights::Model;
use super::{Facts, Ingestion, Shop, assess};
use crate::Span;
use crate::moment::utc;
use serde_json::{Map, Value, json};

/// Everything that the sentences rest on. `reach`: how far back before the evidence attempts were read.
pub fn evidence(facts: &Facts, shop: &Shop, reach: Span) -> Value {
    let found = assess(facts, shop, &Model::default());
    let minutes = |span: (i64, i64)| span.1.saturating_sub(span.0) / 60_000_000;
    let causes: Map<String, Value> = Cause::ALL
        .into_iter()
        .zip(found.trigger.causes)
        .map(|(cause, (failures, users))| {
            (cause.name().to_owned(), json!({ "failures": failures, "users": users }))
        })
        .collect();
    let measures: Map<String, Value> = FEATURES
        .into_iter()
        .zip(found.measures)
        .map(|(name, value)| (name.to_owned(), round(value).into()))
        .collect();
    let c = &found.crowd;
    let part = |part: (u64, u64)| json!({ "users": part.0, "of": part.1 });
    let (low, high) = shop.new_users().range();
    json!({
        "explanations": found.explanations.iter().map(|e| e.name()).collect::<Vec<_>>(),
        "ground": found.ground.name(),
        "chance_of_abuse": round(found.abuse),
        "measures": measures,
        "contradictions": found.contradictions.iter().map(|c| c.columns().join(" and ")).collect::<Vec<_>>(),
        "failures_before_pause": json!({ "by_cause": causes, "rate_limited": found.trigger.rate_limited }),
        "users": json!({
            "all": c.users, "accepted": c.accepted, "looked_up": facts.users.len(), "new": part(c.new), "dormant": part(c.dormant),
            "other_codes": part(c.many_codes), "guessers": c.guessers.0, "unknown_codes": c.guessers.1,
            "went_on": part(c.went_on), "even_pace": part(c.even), "by_program": part(c.api),
            "expected_purchases": round(c.expected), "purchases": c.bought,
        }),
        "normal": json!({
            "bursts": shop.bursts.len(), "new_users_low": round(low), "new_users_high": round(high),
            "dormant_users": round(shop.dormant().mean()), "redemptions": shop.curve.of,
        }),
        "attempts": facts.attempts.len(),
        "minutes": minutes(facts.evidence),
        "earlier_attempts_since": utc(facts.evidence.0.saturating_sub(reach.micros())),
        "failed_because_paused": facts.pause_induced,
        "pause": facts.pause.as_ref().map(|p| json!({ "source": p.source.name(), "guard_held": found.by_guard,
            "reason": facts.records.pause_reason, "paused_together": facts.records.paused_together })),
        "fixed": facts.records.fixed,
        "announced": facts.announcements().map(|a| json!({ "by": a.by, "note": a.note, "from": utc(a.from),
            "until": utc(a.until) })).collect::<Vec<_>>(),
        "ingestion": match shop.ingestion {
            Ingestion::Alive => "alive",
            Ingestion::Dead(_) => "silent",
            Ingestion::Unknown => "unknown",
        },
        "missing": facts.missing,
    })
}

fn round(x: f64) -> f64 {
    (x * 1_000.0).round() / 1_000.0
}
