//! Are its discounts accounted for?

use super::super::{Check, Facts, Finding};
use serde_json::json;

fn listed(rules: &[(String, i64)]) -> String {
    rules.iter().map(|(rule, n)| format!("{n} {rule}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn settlement_clean(facts: &Facts) -> Finding {
    const CHECK: Check = Check::SettlementClean;
    let found = match &facts.settlement {
        Err(lacking) => return Finding::unknown(CHECK, lacking),
        Ok(found) => found,
    };
    let map = |rules: &[(String, i64)]| {
        serde_json::Value::Object(rules.iter().map(|(r, n)| (r.clone(), (*n).into())).collect())
    };
    let evidence = json!({ "critical": map(&found.critical), "warnings": map(&found.warnings), "skipped": found.skipped, "rules": found.ran });
    if found.ran == 0 {
        return Finding::unknown(
            CHECK,
            "no settlement rule can run on this application (see settlement_summary()).",
        );
    }
    if !found.critical.is_empty() {
        return Finding::failed(
            CHECK,
            format!(
                "Discounts are not accounted for since an hour before the pause: {}. See settlement_violations(campaign_id => {}) and mend them first.",
                listed(&found.critical),
                facts.campaign.id
            ),
            evidence,
        );
    }
    let mut detail =
        format!("{} rules of settlement find nothing critical since an hour before the pause.", found.ran);
    if !found.warnings.is_empty() {
        detail.push_str(&format!(" Warnings: {}.", listed(&found.warnings)));
    }
    if !found.skipped.is_empty() {
        detail.push_str(&format!(" {} cannot run: {}.", found.skipped.len(), found.skipped.join(", ")));
    }
    Finding::passed(CHECK, detail, evidence)
}
