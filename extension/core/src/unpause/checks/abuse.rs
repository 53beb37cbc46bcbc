//! What does the evidence around the pause speak of?

use super::super::{Check, Facts, Finding};
use crate::classify::Verdict;
use serde_json::json;

pub(super) fn not_abuse(facts: &Facts) -> Finding {
    const CHECK: Check = Check::NotAbuse;
    let judged = match &facts.verdict {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(judged) => judged,
    };
    let verdict = judged.verdict.name();
    let evidence = json!({ "verdict": verdict, "confidence": (judged.confidence * 100.0).round() / 100.0, "reasons": judged.reasons });
    let why = judged.reasons.first().map_or(String::new(), |r| format!(" {r}"));
    match judged.verdict {
        Verdict::AbuseLikely => Finding::failed(
            CHECK,
            format!("The verdict is {verdict}.{why} Keep it paused, and rotate its code."),
            evidence,
        ),
        Verdict::Inconclusive if !judged.abuse_ruled_out => Finding::failed(
            CHECK,
            format!("The verdict is {verdict}: the data cannot rule abuse out.{why}"),
            evidence,
        ),
        _ => Finding::passed(CHECK, format!("The verdict is {verdict}.{why}"), evidence),
    }
}
