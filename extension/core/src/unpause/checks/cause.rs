//! Why was it paused? What nobody can explain may be somebody's decision (trap 9).

use super::super::{Check, Facts, Finding};
use crate::moment::utc;
use crate::triage::{Action, Cause, Source};
use serde_json::json;

pub(super) fn history_explains_pause(facts: &Facts) -> Finding {
    const CHECK: Check = Check::HistoryExplainsPause;
    let pause = match &facts.pause {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(pause) => pause,
    };
    let at = pause.at.map(utc);
    let about = match (&at, pause.source) {
        (None, _) => "at a time that is not known".to_owned(),
        (Some(at), Source::Estimated) if pause.not_after.is_none() => {
            format!("at a time that is not known (its row was last edited at {at})")
        }
        (Some(at), Source::Estimated) => format!("no later than {at}"),
        (Some(at), _) => format!("at {at}"),
    };
    let evidence = |cause: serde_json::Value| {
        json!({ "paused_at": at, "paused_at_source": pause.source.name(), "cause": cause,
                "history_attached": pause.history_attached })
    };
    if facts.terms.require_history && pause.history_attached != Some(true) {
        return Finding::failed(
            CHECK,
            "The status history is not attached, and policy require_history blocks every unpause until it is: have the owner run SELECT promo_guard.attach_history();",
            evidence(json!(null)),
        );
    }
    let guard = facts.terms.rule;
    match &pause.cause {
        Cause::Action(Action { action, actor, reason, id, .. }) => Finding::passed(
            CHECK,
            format!(
                "Paused {about} by {actor} with {action}() (action {id}): {}. Ask whether that still holds.",
                reason.as_deref().unwrap_or("no reason given")
            ),
            evidence(
                json!({ "action": action, "actor": actor, "reason": reason, "action_id": id.to_string() }),
            ),
        ),
        Cause::Guard { since, failures, users } => Finding::passed(
            CHECK,
            format!(
                "Paused {about}, when the auto-pause rule held: {failures} failures of {users} users in {} (it takes more than {} of {}).",
                guard.lookback, guard.min_failures, guard.min_users
            ),
            evidence(json!({ "guard_since": utc(*since), "failures": failures, "users": users })),
        ),
        Cause::Somebody(by) => Finding::failed(
            CHECK,
            format!(
                "Paused {about} by {by}, and the auto-pause rule did not hold then: somebody decided it. Ask them; where they agree, override this with their reason."
            ),
            evidence(json!({ "by": by })),
        ),
        Cause::Nothing => Finding::failed(
            CHECK,
            format!(
                "Paused {about}; neither history nor evidence tells why, so it may be somebody's decision. Ask who paused it; where they agree, override this with their reason.{}",
                if pause.history_attached == Some(true) {
                    ""
                } else {
                    " With attach_history() the next pause is on record."
                }
            ),
            evidence(json!(null)),
        ),
    }
}
