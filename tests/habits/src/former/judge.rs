//! From facts to a verdict.

use super::action::{Causes, action};
use super::facts::{Facts, Ingestion};
use super::pieces::{About, Piece, pieces};
use super::weights::Weights;
use promo_guard_core::Span;
use promo_guard_core::classify::Status;
use promo_guard_core::classify::Verdict;
use serde_json::{Value, json};

/// What is concluded about a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What is going on.
    pub verdict: Verdict,
    /// The chance that the verdict is right.
    pub confidence: f64,
    /// What to do: the runbook's containment step.
    pub action: String,
    /// Sentences, what weighs most first; what speaks against is listed too, and what is not known.
    pub reasons: Vec<String>,
    /// Everything with its numbers.
    pub evidence: Value,
    /// The pieces.
    pub pieces: Vec<Piece>,
}

/// Log-odds to a probability.
fn chance(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// Inputs without which users cannot be told apart: no verdict in favour of a paused campaign rests on anything else.
const NEEDED: [&str; 3] = ["campaigns.code_hash", "attempts.user_id", "redemptions.promo_code_id"];

/// Judges a campaign by what is known of it.
pub fn judge(facts: &Facts, weights: &Weights) -> Judgement {
    let pieces = pieces(facts, weights);
    let odds =
        |about| weights.prior + pieces.iter().filter(|p| p.about == about).map(|p| p.weight).sum::<f64>();
    let (abuse, mut config) = (odds(About::Abuse), odds(About::Config));
    let fixed = !facts.fixed.is_empty();
    if fixed && !pieces.iter().any(|p| matches!(p.name, "validity" | "scope") && p.weight > 0.0) {
        config = config.min(weights.prior);
    }
    let causes = Causes::of(&pieces, abuse > 0.0, config > 0.0);
    let mut notes = Vec::new();
    let verdict = decide(facts, weights, abuse, config, &mut notes);
    let confidence = confidence(facts, weights, verdict, abuse, config);

    let mut reasons = Vec::new();
    let mut by_weight: Vec<&Piece> = pieces.iter().filter(|p| p.weight.abs() >= 0.05).collect();
    by_weight.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    let sentence = |p: &&Piece| {
        let what = match (p.about, p.weight > 0.0) {
            (About::Abuse, true) => "For abuse",
            (About::Abuse, false) => "Against abuse",
            (About::Config, true) => "For a configuration fault",
            (About::Config, false) => "Against a configuration fault",
        };
        format!("{what}: {}.", p.text)
    };
    let of_verdict = |p: &&&Piece| match verdict {
        Verdict::AbuseLikely => p.about == About::Abuse && p.weight > 0.0,
        Verdict::ConfigRegression => p.about == About::Config && p.weight > 0.0,
        _ => false,
    };
    reasons.extend(by_weight.iter().filter(of_verdict).map(sentence));
    reasons.append(&mut notes);
    reasons.extend(by_weight.iter().filter(|p| !of_verdict(p)).map(sentence));
    if !facts.missing.is_empty() {
        reasons.push(format!(
            "Not known, for the application has no such column: {}.",
            facts.missing.join(", ")
        ));
    }

    let evidence = json!({
        "abuse": json!({ "log_odds": round(abuse), "pieces": shown(&pieces, About::Abuse) }),
        "config": json!({ "log_odds": round(config), "pieces": shown(&pieces, About::Config) }),
        "seen": seen(facts),
        "missing": facts.missing.as_slice(),
    });
    Judgement { verdict, confidence, action: action(facts, verdict, &causes), reasons, evidence, pieces }
}

fn decide(facts: &Facts, weights: &Weights, abuse: f64, config: f64, notes: &mut Vec<String>) -> Verdict {
    if let Some(note) = echo(facts) {
        notes.push(note);
    }
    if abuse > 0.0 {
        return Verdict::AbuseLikely;
    }
    if config > 0.0 {
        return Verdict::ConfigRegression;
    }
    let Some(pause) = &facts.pause else {
        if let Some(note) = over(facts) {
            notes.push(note);
        }
        return Verdict::Healthy;
    };
    if let Some(note) = over(facts) {
        notes.push(note);
        return Verdict::Healthy;
    }
    if let Ingestion::Dead(for_long) = facts.ingestion {
        let minutes = for_long / 60_000_000;
        notes.push(format!(
            "No attempt of anybody on anything has been recorded for {minutes} min, while there used to be: no calm, but no data."
        ));
        return Verdict::Inconclusive;
    }
    let live = facts.before.as_ref().map_or(0, |sight| sight.live_failures() + sight.rate_limited);
    if !pause.explained() {
        notes.push(
            "Neither history nor evidence tells why it was paused; it may be somebody's decision.".to_owned(),
        );
        return Verdict::Inconclusive;
    }
    if pause.reason.is_none() && (live as f64) < 0.5 * weights.guard_min_failures && facts.fixed.is_empty() {
        notes.push(format!(
            "The failures that would explain its pause came after it: only {live} before it are not its own echo."
        ));
        return Verdict::Inconclusive;
    }
    if let Some(missing) = NEEDED.iter().find(|needed| facts.lacks(needed)) {
        notes.push(format!("Without {missing} nothing can be said in its favour."));
        return Verdict::Inconclusive;
    }
    if abuse.max(config) > -weights.abstain {
        notes.push("The evidence is too close to call.".to_owned());
        return Verdict::Inconclusive;
    }
    match &pause.reason {
        Some(reason) => notes.push(format!("Paused by hand, \"{reason}\"; nothing is found against it.")),
        None => notes.push(
            "The auto-pause rule held, and explains its pause; nothing is found against it.".to_owned(),
        ),
    }
    Verdict::FalsePositive
}

/// Failures that a pause causes by itself (trap 1).
fn echo(facts: &Facts) -> Option<String> {
    (facts.pause.is_some() && facts.now.echo > 0).then(|| {
        format!(
            "{} attempts of the lookback failed because it is paused; they are no evidence.",
            facts.now.echo
        )
    })
}

/// An end in the ordinary course (trap 7).
fn over(facts: &Facts) -> Option<String> {
    let c = &facts.campaign;
    if c.valid_until.is_some_and(|until| until <= facts.as_of) || c.status == Status::Expired {
        return Some("Its validity has ended in the ordinary course; it must not be unpaused.".to_owned());
    }
    let limit = c.max_total_uses?;
    let used = c.used_total.unwrap_or(0);
    (used >= limit || c.status == Status::Depleted)
        .then(|| format!("Its limit of {limit} uses is reached; it must not be unpaused."))
}

fn confidence(facts: &Facts, weights: &Weights, verdict: Verdict, abuse: f64, config: f64) -> f64 {
    let (abuse, config) = (chance(abuse), chance(config));
    let right = match verdict {
        Verdict::AbuseLikely => abuse,
        Verdict::ConfigRegression => config * (1.0 - abuse),
        Verdict::FalsePositive | Verdict::Healthy => (1.0 - abuse) * (1.0 - config),
        Verdict::Inconclusive => ((1.0 - abuse) * (1.0 - config)).max(chance(weights.abstain) - 0.2),
    };
    let lacking = NEEDED.iter().filter(|needed| facts.lacks(needed)).count() as i32;
    let fewer = facts.missing.len() as i32 - lacking;
    let dead = if matches!(facts.ingestion, Ingestion::Dead(_)) && verdict != Verdict::Inconclusive {
        0.9
    } else {
        1.0
    };
    (right * 0.7_f64.powi(lacking) * 0.95_f64.powi(fewer.min(5)) * dead).clamp(0.0, 0.99)
}

fn shown(pieces: &[Piece], about: About) -> Vec<Value> {
    pieces
        .iter()
        .filter(|p| p.about == about)
        .map(|p| json!({ "name": p.name, "weight": round(p.weight), "numbers": p.numbers.clone() }))
        .collect()
}

fn seen(facts: &Facts) -> Value {
    let sight = |s: &super::Sight| {
        json!({ "minutes": (s.until - s.from) / Span::from_minutes(1).micros(), "attempts": s.attempts,
            "accepted": s.accepted, "accepted_users": s.accepted_users, "repeats": s.repeats, "turned_away": s.turned_away,
            "turned_away_users": s.turned_away_users, "pause_echo": s.echo, "outside_validity": s.expired,
            "rate_limited": s.rate_limited, "insistent_users": s.insistent_users, "storm_failures": s.storm,
            "without_user": s.without_user })
    };
    json!({
        "lookback": sight(&facts.now),
        "before_pause": facts.before.as_ref().map(sight),
        "earlier": json!({ "minutes": facts.earlier.minutes.round(), "accepted": facts.earlier.accepted,
            "not_applicable": facts.earlier.not_applicable }),
        "refusals": json!({ "already_used": facts.refusals.already_used, "depleted": facts.refusals.depleted,
            "audience": facts.refusals.audience, "other": facts.refusals.other, "not_noted": facts.refusals.unknown }),
        "pause": facts.pause.as_ref().map(|p| json!({ "source": p.source.name(), "guard_held": p.guard_since.is_some(),
            "reason": p.reason.clone() })),
        "fixed": facts.fixed.as_slice(),
    })
}

fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
