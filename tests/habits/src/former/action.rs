//! What to do about it: section 3 of the runbook, in one sentence.

use super::facts::Facts;
use super::pieces::{About, Piece};
use promo_guard_core::classify::Status;
use promo_guard_core::classify::Verdict;

/// The causes found, gravest first.
pub struct Causes {
    leaked: bool,
    abuse: bool,
    fields: Vec<&'static str>,
}

impl Causes {
    pub(super) fn of(pieces: &[Piece], abuse: bool, config: bool) -> Self {
        let weight = |name| pieces.iter().filter(|p| p.name == name).map(|p| p.weight).sum::<f64>();
        let mut fields: Vec<&'static str> = Vec::new();
        for piece in pieces.iter().filter(|p| config && p.about == About::Config && p.weight > 1.0) {
            let field = match piece.name {
                "validity" => "valid_from and valid_until",
                "limit" => "max_total_uses",
                "audience" => "new_users_only and first_purchase_only",
                _ => "target_scope",
            };
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        Self { leaked: weight("strangers_accepted") > weight("strangers_turned_away"), abuse, fields }
    }
}

/// The sentence.
pub(super) fn action(facts: &Facts, verdict: Verdict, causes: &Causes) -> String {
    let id = facts.campaign.id;
    let paused = facts.pause.is_some();
    let fields = causes.fields.join(", ");
    let code = if verdict.speaks_of_the_batch() && facts.campaign.batch > 1 {
        format!("its code (one of a batch of {})", facts.campaign.batch)
    } else {
        "its code".to_owned()
    };
    match verdict {
        Verdict::AbuseLikely => {
            let what = if causes.leaked { "leaked" } else { "hammered by strangers" };
            let keep = if paused {
                format!("Keep campaign {id} PAUSED")
            } else {
                format!("Pause campaign {id} now")
            };
            let also =
                if fields.is_empty() { String::new() } else { format!("; {fields} must be fixed as well") };
            format!("{keep} and rotate {code}, which is {what}{also}.")
        }
        Verdict::ConfigRegression if paused => {
            format!("Fix {fields} of campaign {id} before it is unpaused.")
        }
        Verdict::ConfigRegression => format!("Pause campaign {id}, fix its {fields}, then unpause it."),
        Verdict::Inconclusive if causes.abuse => format!("Keep campaign {id} PAUSED and look closer."),
        Verdict::Inconclusive => {
            format!("Keep campaign {id} PAUSED until it is known why it was paused and what came of it.")
        }
        Verdict::FalsePositive => {
            format!("Validate campaign {id}'s configuration and recent traffic, then unpause it.")
        }
        Verdict::Healthy if paused => format!("Leave campaign {id} PAUSED: it is over."),
        Verdict::Healthy if matches!(facts.campaign.status, Status::Expired | Status::Depleted) => {
            format!("Nothing to contain: campaign {id} is over.")
        }
        Verdict::Healthy => format!("Nothing to contain on campaign {id}."),
    }
}
