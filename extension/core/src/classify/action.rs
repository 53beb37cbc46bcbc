//! What to do about it: section 3 of the runbook, in one sentence.

use super::announced::{statement, to_announce};
use super::conclusion::{Conclusion, Explanation, Ground};
use super::facts::AUDIENCE;
use super::{Facts, Source, Status, Verdict};
use crate::moment::utc;
use crate::words::{grouped, listed};

/// The sentence.
pub(super) fn action(found: &Conclusion, facts: &Facts, batch: i64) -> String {
    let id = facts.row.id;
    let paused = facts.pause.is_some();
    let fields = fields(found);
    match found.verdict {
        Verdict::AbuseLikely => {
            let what = match found.explanations.first() {
                Some(Explanation::Leak) => "appears leaked",
                Some(Explanation::TakenOver) => "is used by accounts that appear taken over",
                _ => "is under attack",
            };
            let code = if batch > 1 {
                format!("its code (one of a batch of {batch})")
            } else {
                "its code".to_owned()
            };
            let keep = if paused {
                format!("Keep campaign {id} PAUSED")
            } else {
                format!("Pause campaign {id} now")
            };
            let fix = if fields.is_empty() { " and".to_owned() } else { format!(", fix {fields}, then") };
            format!("{keep}{fix} rotate {code}, which {what}.")
        }
        Verdict::ConfigRegression if paused => {
            format!("Fix {fields} of campaign {id} before it is unpaused.")
        }
        Verdict::ConfigRegression if facts.row.status != Status::Active => {
            format!("Fix {fields} of campaign {id} if it should still run.")
        }
        Verdict::ConfigRegression => format!("Pause campaign {id}, fix its {fields}, then unpause it."),
        Verdict::Inconclusive => inconclusive(found, facts, id, paused),
        Verdict::FalsePositive => {
            format!("Validate campaign {id}'s configuration and recent traffic, then unpause it.")
        }
        Verdict::Healthy if paused => format!("Leave campaign {id} PAUSED: it is over."),
        Verdict::Healthy if matches!(facts.row.status, Status::Expired | Status::Depleted) => {
            format!("Nothing to contain: campaign {id} is over.")
        }
        Verdict::Healthy => format!("Nothing to contain on campaign {id}."),
    }
}

/// What to do about all codes of a batch, where it is another thing than to do the same for each.
pub(super) fn action_on_batch(found: &Conclusion, facts: &Facts, name: &str, codes: i64) -> Option<String> {
    let paused = facts.pause.is_some();
    let codes = grouped(codes);
    let quoted = name.replace('\'', "''");
    match (found.verdict, found.explanations.first()) {
        (Verdict::AbuseLikely, _) if paused => {
            Some(format!("Keep the {codes} codes of \"{name}\" PAUSED and rotate them: they appear leaked."))
        }
        (Verdict::AbuseLikely, _) => Some(format!(
            "Pause the {codes} codes of \"{name}\" now, then rotate them: SELECT * FROM promo_guard.pause_batch('{quoted}', '...');"
        )),
        (Verdict::Inconclusive, Some(Explanation::Leak | Explanation::TakenOver)) => {
            let (from, until) = to_announce(found, facts)?;
            let ask = if paused {
                format!("Keep the codes of \"{name}\" PAUSED until you know whether a promotion was planned.")
            } else {
                format!(
                    "Find out whether a promotion was planned for \"{name}\". If not, pause its {codes} codes: SELECT * FROM promo_guard.pause_batch('{quoted}', '...');"
                )
            };
            Some(format!(
                "{ask} If one was, record it: SELECT promo_guard.announce_batch('{quoted}', '{}', '{}', '...');",
                utc(from),
                utc(until)
            ))
        }
        _ => None,
    }
}

/// The command that unpauses what was paused together with a campaign, each after its own checks. In ASCII: it goes into databases.
pub fn unpause_together(id: i64) -> String {
    format!("promoctl unpause --together {id} --reason '...' --override history_explains_pause")
}

fn inconclusive(found: &Conclusion, facts: &Facts, id: i64, paused: bool) -> String {
    match found.explanations.first() {
        Some(Explanation::MassPause)
            if facts.pause.as_ref().is_some_and(|pause| pause.source == Source::History) =>
        {
            format!(
                "Ask whether the pause of {} campaigns was intended. If it was a mistake, unpause them together: {}",
                grouped(facts.records.paused_together),
                unpause_together(id)
            )
        }
        Some(Explanation::Rotated) => format!("Leave campaign {id} PAUSED: its successor replaces it."),
        Some(Explanation::NoData) if paused => {
            format!("Keep campaign {id} PAUSED until its data can be read again.")
        }
        Some(Explanation::NoData) => {
            format!(
                "Map the results of the attempts on campaign {id} with bind(); doctor() has the statement."
            )
        }
        Some(Explanation::AudienceTooNarrow) => {
            format!(
                "Keep campaign {id} PAUSED until its owner confirms new_users_only and first_purchase_only."
            )
        }
        Some(Explanation::Decision) if facts.records.pause_reason.is_some() => {
            format!("Unpause campaign {id} when the reason for its pause no longer holds.")
        }
        Some(Explanation::Attack) if paused => {
            format!("Keep campaign {id} PAUSED until you know whether the app repeats its requests.")
        }
        Some(Explanation::Attack) => {
            format!("Find out whether the app repeats its requests for campaign {id}; pause it if not.")
        }
        Some(Explanation::Leak | Explanation::TakenOver) => {
            let Some(time) = to_announce(found, facts) else {
                let keep = if paused { "Keep it PAUSED until then" } else { "Pause it if in doubt" };
                return format!("Find out what the users of campaign {id} did. {keep}.");
            };
            let ask = if paused {
                format!("Keep campaign {id} PAUSED until you know whether a promotion was planned.")
            } else {
                format!("Find out whether a promotion was planned for campaign {id}; pause it if not.")
            };
            format!("{ask} If one was, record it: {}", statement(id, time))
        }
        _ => format!("Keep campaign {id} PAUSED until you know who paused it and why."),
    }
}

/// The columns to fix, as a sentence names them.
pub(super) fn fields(found: &Conclusion) -> String {
    let ground: &[&str] = match found.ground {
        Ground::Limit => &["max_total_uses"],
        Ground::Audience => &AUDIENCE,
        _ => &[],
    };
    let mut columns: Vec<&str> = Vec::new();
    for column in found.contradictions.iter().flat_map(|c| c.columns()).chain(ground) {
        if !columns.contains(column) {
            columns.push(column);
        }
    }
    listed(&columns)
}
