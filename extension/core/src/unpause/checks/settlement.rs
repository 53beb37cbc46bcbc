//! Are its discounts accounted for?

use super::super::{Check, Facts, Finding};
use crate::words::counted;
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
    if let Some(unmapped) = &found.unmapped {
        let found = match found.critical.as_slice() {
            [] => String::new(),
            critical => format!(" Critical violations that may come from it: {}.", listed(critical)),
        };
        return Finding::unknown(CHECK, &format!("{unmapped}.{found}"));
    }
    if !found.critical.is_empty() {
        return Finding::failed(
            CHECK,
            format!(
                "Settlement has critical violations since an hour before the pause: {}. List them with settlement_violations(campaign_id => {}), and fix them first.",
                listed(&found.critical),
                facts.campaign.id
            ),
            evidence,
        );
    }
    let mut detail = format!(
        "{} found nothing critical since an hour before the pause.",
        counted(found.ran as i64, "settlement rule")
    );
    if !found.warnings.is_empty() {
        detail.push_str(&format!(" Warnings: {}.", listed(&found.warnings)));
    }
    if !found.skipped.is_empty() {
        detail.push_str(&format!(
            " {} cannot run: {}.",
            counted(found.skipped.len() as i64, "rule"),
            found.skipped.join(", ")
        ));
    }
    Finding::passed(CHECK, detail, evidence)
}
