//! A conclusion in words and numbers, as the functions show it.

use super::action::action;
use super::conclusion::Explanation;
use super::say::sentences;
use super::weights::Model;
use super::{Facts, Shop, Verdict, assess};

/// What is concluded about a campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What is going on.
    pub verdict: Verdict,
    /// How often such a verdict was right.
    pub confidence: f64,
    /// What to do: the runbook's containment step.
    pub action: String,
    /// Sentences, the conclusion first.
    pub reasons: Vec<String>,
    /// Whether abuse is ruled out, whatever else is unknown.
    pub abuse_ruled_out: bool,
    /// Whether a promotion would explain it as well as a leak.
    pub may_be_planned: bool,
}

impl Judgement {
    /// The confidence as it is shown.
    pub fn rounded(&self) -> f64 {
        (self.confidence * 1_000.0).round() / 1_000.0
    }

    /// Whether it found no abuse.
    pub fn finds_no_abuse(&self) -> bool {
        self.abuse_ruled_out || !matches!(self.verdict, Verdict::AbuseLikely | Verdict::Inconclusive)
    }

    /// On a campaign whose name is shared by so many codes, itself included.
    pub fn of(facts: &Facts, shop: &Shop, batch: i64) -> Self {
        let found = assess(facts, shop, &Model::default());
        Self {
            verdict: found.verdict,
            confidence: found.confidence,
            action: action(&found, facts, batch),
            reasons: sentences(&found, facts, shop),
            abuse_ruled_out: found.abuse_ruled_out,
            may_be_planned: matches!(found.explanations[..], [Explanation::Leak | Explanation::TakenOver, _]),
        }
    }
}
