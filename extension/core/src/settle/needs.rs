//! What a rule needs of the application, and what becomes of it where that is not there: it is skipped, and says so.

use super::Rule;
use std::collections::BTreeSet;

/// What the application lacks: columns as `redemptions.applied_at`, and `ledger` where no ledger is bound.
#[derive(Debug, Clone, Default)]
pub struct Lacking(BTreeSet<String>);

impl FromIterator<String> for Lacking {
    fn from_iter<I: IntoIterator<Item = String>>(columns: I) -> Self {
        Self(columns.into_iter().collect())
    }
}

impl Lacking {
    /// Why the rule cannot run; `None` where it can.
    pub fn stops(&self, rule: Rule) -> Option<String> {
        let sections = rule.sections();
        sections.get("needs")?.lines().find_map(|line| {
            let choice: Vec<&str> = line.split('|').map(str::trim).collect();
            if !choice.iter().all(|column| self.0.contains(*column)) {
                return None;
            }
            Some(if choice == ["ledger"] {
                "no ledger is bound".to_owned()
            } else {
                format!("the application has no column for {}", choice.join(" or "))
            })
        })
    }

    /// Whether this column, or the ledger, is not there.
    pub fn lacks(&self, column: &str) -> bool {
        self.0.contains(column)
    }

    /// Whether a ledger is bound.
    pub fn has_ledger(&self) -> bool {
        !self.lacks("ledger")
    }

    /// The rules that can run.
    pub fn running(&self) -> Vec<Rule> {
        Rule::ALL.iter().copied().filter(|rule| self.stops(*rule).is_none()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::Entity;

    fn lacking(columns: &[&str]) -> Lacking {
        columns.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn every_need_is_a_column_that_may_be_missing() {
        for rule in Rule::ALL {
            for need in rule.sections().get("needs").unwrap_or_default().split(['\n', '|']).map(str::trim) {
                let Some((entity, column)) = need.split_once('.') else {
                    assert!(need.is_empty() || need == "ledger", "{}: {need}", rule.name());
                    continue;
                };
                let found = Entity::named(entity).and_then(|e| e.column(column));
                assert!(found.is_some_and(|c| !c.required), "{} needs {need}", rule.name());
            }
        }
    }

    #[test]
    fn a_rule_is_stopped_by_what_it_needs_and_by_nothing_else() {
        let all = lacking(&[]);
        assert_eq!(all.running(), Rule::ALL);
        let users = lacking(&["purchases.user_id"]);
        assert_eq!(
            users.stops(Rule::UserMismatch).unwrap(),
            "the application has no column for purchases.user_id"
        );
        assert_eq!(users.running().len(), Rule::ALL.len() - 1);
        // either of two will do
        assert_eq!(lacking(&["redemptions.validation_snapshot"]).stops(Rule::ZeroDiscount), None);
        let neither = lacking(&[
            "redemptions.validation_snapshot",
            "campaigns.discount_value",
            "campaigns.discount_percent",
        ]);
        assert!(neither.stops(Rule::ZeroDiscount).unwrap().contains("validation_snapshot or campaigns."));
        let ledger = lacking(&["ledger"]);
        assert_eq!(ledger.stops(Rule::CreditedNotInLedger).unwrap(), "no ledger is bound");
        assert!(!ledger.has_ledger());
    }
}
