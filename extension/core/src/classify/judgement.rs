//! A conclusion in words and numbers, as the functions show it.

use super::action::{action, action_on_batch, fields};
use super::conclusion::{Explanation, Ground};
use super::say::sentences;
use super::weights::Model;
use super::{Facts, Shop, Verdict, assess};
use crate::clusters::{Abuse, Ruling};
use crate::words::grouped;
use std::cmp::Ordering;

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
    /// Whether its configuration rejects its own customers.
    pub fault: bool,
    /// The columns to fix where it does.
    pub to_fix: String,
    /// Whether all that is known is that one actor paused it together with others.
    pub mass_pause: bool,
    /// Whether it rests on our rotation of the code.
    pub rotation: bool,
    /// Whether a promotion would explain it as well as a leak.
    pub may_be_planned: bool,
}

impl Judgement {
    /// The confidence as it is shown.
    pub fn rounded(&self) -> f64 {
        (self.confidence * 1_000.0).round() / 1_000.0
    }

    /// What clusters may say about it.
    pub fn ruling(&self) -> Ruling {
        let abuse = match self.verdict {
            Verdict::AbuseLikely => Abuse::Found,
            Verdict::Inconclusive if !self.abuse_ruled_out => Abuse::Possible,
            _ => Abuse::Excluded,
        };
        Ruling { abuse, fault: self.fault }
    }

    /// On the codes of a batch, judged as one campaign: `facts` are of all that were used, and of the row of one of them.
    pub fn of_batch(facts: &Facts, shop: &Shop, name: &str, codes: i64) -> Self {
        let found = assess(facts, shop, &Model::default());
        let mut judgement = Self::of(facts, shop, 1);
        judgement.reasons.insert(
            1,
            format!(
                "The {} codes of \"{name}\" are judged as one campaign. Campaign {} is one of them.",
                grouped(codes),
                facts.row.id
            ),
        );
        if let Some(action) = action_on_batch(&found, facts, name, codes) {
            judgement.action = action;
        }
        judgement
    }

    /// The graver of this one, on a code of a batch, and that on the whole batch.
    #[must_use]
    pub fn or_of_batch(self, batch: &Self) -> Self {
        // A rotated code is replaced, and its successor is a new code. What is fine of a batch says nothing of a code that is used up.
        if self.rotation || batch.verdict > Verdict::Inconclusive {
            return self;
        }
        match batch.verdict.cmp(&self.verdict) {
            Ordering::Less => batch.clone(),
            // What it was paused for is known of the code itself; that abuse is ruled out is not.
            Ordering::Equal if !batch.abuse_ruled_out => {
                let mut reasons = self.reasons;
                reasons.extend(batch.reasons.iter().skip(1).cloned());
                let mass_pause = self.mass_pause && batch.mass_pause;
                Self { reasons, abuse_ruled_out: false, mass_pause, ..self }
            }
            _ => self,
        }
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
            fault: found.verdict == Verdict::ConfigRegression || !found.contradictions.is_empty(),
            to_fix: fields(&found),
            mass_pause: found.explanations.first() == Some(&Explanation::MassPause),
            rotation: found.ground == Ground::Rotation,
            may_be_planned: matches!(found.explanations[..], [Explanation::Leak | Explanation::TakenOver, _]),
        }
    }
}
