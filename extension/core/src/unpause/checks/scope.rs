//! Does the campaign's scope exist? A scope that no product is in lets people redeem and buy nothing (trap 7).

use super::super::{Check, Facts, Finding, Scopes};
use serde_json::json;

/// The scope that covers every product.
const EVERYTHING: &str = "ANY";

pub(super) fn scope_known(facts: &Facts) -> Finding {
    const CHECK: Check = Check::ScopeKnown;
    let nothing = || {
        Finding::passed(
            CHECK,
            "The application has no column for target_scope, so nothing is checked.",
            json!({ "target_scope": null, "skipped": true }),
        )
    };
    let scopes = match &facts.scopes {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(Scopes::None) => return nothing(),
        Ok(scopes) => scopes,
    };
    let Some(scope) = facts.campaign.target_scope.as_deref().filter(|s| !s.is_empty()) else {
        return Finding::failed(CHECK, "It has no target_scope. Set it.", json!({ "target_scope": null }));
    };
    match scopes {
        Scopes::Policy(known) if known.iter().any(|k| k == scope) => Finding::passed(
            CHECK,
            format!("target_scope {scope} is in policy known_scopes."),
            json!({ "target_scope": scope, "known_scopes": known }),
        ),
        Scopes::Policy(known) => Finding::failed(
            CHECK,
            format!(
                "target_scope {scope} is not in policy known_scopes ({}). Fix it, or have the owner add it to the policy.",
                known.join(", ")
            ),
            json!({ "target_scope": scope, "known_scopes": known }),
        ),
        Scopes::InUse { same, others, .. } if *same > 0 => Finding::passed(
            CHECK,
            format!("{same} of {others} other campaigns have the same target_scope, {scope}."),
            json!({ "target_scope": scope, "same": same, "others": others }),
        ),
        // A small shop has one campaign a product.
        Scopes::InUse { sold: true, .. } => Finding::passed(
            CHECK,
            format!("Its target_scope {scope} is a product that was sold in the last 30 days."),
            json!({ "target_scope": scope, "same": 0, "sold": true }),
        ),
        Scopes::InUse { .. } if scope == EVERYTHING => Finding::passed(
            CHECK,
            format!("Its target_scope {scope} covers every product."),
            json!({ "target_scope": scope, "same": 0 }),
        ),
        Scopes::None => nothing(),
        Scopes::InUse { others, .. } => Finding::failed(
            CHECK,
            format!(
                "None of {others} other campaigns has target_scope {scope}, and no product with that name was sold in the last 30 days. Fix it. If it is right, have the owner add it to policy known_scopes."
            ),
            json!({ "target_scope": scope, "same": 0, "others": others }),
        ),
    }
}
