//! Why was it paused? A pause without an explanation may be a decision of the application's owner (trap 9).

use super::super::{Check, Facts, Finding};
use crate::moment::utc;
use crate::triage::{Action, Cause, Source};
use crate::words::counted;
use serde_json::json;

pub(super) fn history_explains_pause(facts: &Facts) -> Finding {
    const CHECK: Check = Check::HistoryExplainsPause;
    let pause = match &facts.pause {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(pause) => pause,
    };
    let at = pause.at.map(utc);
    let about = match (&at, pause.source) {
        (None, _) => "at an unknown time".to_owned(),
        (Some(at), Source::Estimated) if pause.not_after.is_none() => {
            format!("at an unknown time (its row was last edited at {at})")
        }
        (Some(at), Source::Estimated) => format!("at {at} or earlier"),
        (Some(at), _) => format!("at {at}"),
    };
    let evidence = |cause: serde_json::Value| {
        json!({ "paused_at": at, "paused_at_source": pause.source.name(), "cause": cause,
                "history_attached": pause.history_attached })
    };
    if facts.terms.require_history && pause.history_attached != Some(true) {
        return Finding::failed(
            CHECK,
            "The status history is not attached, and policy require_history blocks every unpause without it. Have the owner run: SELECT promo_guard.attach_history();",
            evidence(json!(null)),
        );
    }
    let guard = facts.terms.rule;
    match &pause.cause {
        Cause::Action(Action { action, actor, reason, id, .. }) => {
            let reason_given = reason.as_deref().unwrap_or("not given").trim_end_matches('.');
            let told =
                format!("Paused {about} by {actor} with {action}() (action {id}). Reason: {reason_given}.");
            let evidence = evidence(
                json!({ "action": action, "actor": actor, "reason": reason, "action_id": id.to_string() }),
            );
            // rotate() makes its successors paused. The caller of pause() decided, until what was decided about has changed.
            if action == "rotate" || !facts.fixed.is_empty() {
                let detail = match &facts.fixed[..] {
                    [] => told,
                    fixed => format!("{told} Fixed since: {}.", fixed.join(", ")),
                };
                return Finding::passed(CHECK, detail, evidence);
            }
            Finding::failed(
                CHECK,
                format!(
                    "{told} Ask {actor} whether it still holds. If it does not, override this check with your reason."
                ),
                evidence,
            )
        }
        Cause::Guard { since, failures, users } => Finding::passed(
            CHECK,
            format!(
                "Paused {about}, when the auto-pause rule held: {} from {} in {} (rule: {guard}).",
                counted(*failures, "failure"),
                counted(*users, "user"),
                guard.lookback
            ),
            evidence(json!({ "guard_since": utc(*since), "failures": failures, "users": users })),
        ),
        Cause::Somebody(by) => Finding::failed(
            CHECK,
            format!(
                "Paused {about} by {by}, not by the auto-pause rule, which did not hold then. Ask {by}. If they agree, override this check with their reason."
            ),
            evidence(json!({ "by": by })),
        ),
        Cause::Nothing => Finding::failed(
            CHECK,
            format!(
                "Paused {about}. No record says who paused it or why. Ask before you unpause. If its owner agrees, override this check with their reason.{}",
                if pause.history_attached == Some(true) {
                    ""
                } else {
                    " attach_history() records the next pause."
                }
            ),
            evidence(json!(null)),
        ),
    }
}
