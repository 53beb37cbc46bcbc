//! Policy is data: every threshold and setting, typed, with its range and its reason.
//!
//! Defaults live here; only what was changed is stored in the database, so that a restore never collides and a
//! changed default reaches every installation without an override.

mod clusters;
mod list;
mod setting;
mod users;
mod value;

pub use list::{find, settings};
pub use setting::{Kind, Setting};
pub use users::{nobody, user_of, with_users};
pub use value::Value;

use crate::{Refusal, Span};
use std::collections::BTreeMap;

/// The policy in force: every setting with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    values: BTreeMap<&'static str, Value>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { values: settings().map(|s| (s.name, s.default_value())).collect() }
    }
}

impl Policy {
    /// The defaults with the stored overrides laid on top.
    ///
    /// # Errors
    /// 22023 for a stored value that this version cannot read, or a name that it does not know: to ignore either would
    /// be to decide under another policy than the one that was set.
    pub fn with_overrides<'a>(
        overrides: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Refusal> {
        let mut policy = Self::default();
        for (name, text) in overrides {
            let setting = find(name)?;
            policy.values.insert(setting.name, setting.read(text)?);
        }
        Ok(policy)
    }

    /// Every setting and its value as text, in order of name; what a decision's record keeps.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.values.iter().map(|(name, value)| (*name, value.to_string()))
    }

    /// The whole policy as one JSON object of strings.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Object(self.entries().map(|(n, v)| (n.to_owned(), v.into())).collect())
    }

    /// The settings whose values differ, in order of name.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        self.values
            .iter()
            .filter(|(name, value)| other.values.get(*name) != Some(value))
            .map(|(name, _)| *name)
            .collect()
    }

    fn get(&self, name: &'static str) -> &Value {
        // Every name asked for below is in `settings()`: the test `every_accessor_has_its_setting` calls them all.
        &self.values[name]
    }

    pub(crate) fn span(&self, name: &'static str) -> Span {
        match self.get(name) {
            Value::Span(span) => *span,
            other => unreachable!("{name} is a span, not {other}"),
        }
    }

    fn labels(&self, name: &'static str) -> &[String] {
        match self.get(name) {
            Value::Labels(labels) => labels,
            other => unreachable!("{name} is a set of labels, not {other}"),
        }
    }

    pub(crate) fn count(&self, name: &'static str) -> i64 {
        match self.get(name) {
            Value::Count(n) => *n,
            other => unreachable!("{name} is a count, not {other}"),
        }
    }

    pub(crate) fn share(&self, name: &'static str) -> f64 {
        match self.get(name) {
            Value::Share(share) => *share,
            other => unreachable!("{name} is a share, not {other}"),
        }
    }

    /// Attempt results that count as failed redemptions.
    pub fn failure_results(&self) -> &[String] {
        self.labels("failure_results")
    }

    /// How far back triage looks.
    pub fn triage_lookback(&self) -> Span {
        self.span("triage_lookback")
    }

    /// How far back before its evidence a verdict reads attempts.
    pub fn verdict_reach(&self) -> Span {
        self.span("verdict_reach")
    }

    /// How many attempts of a window are looked at one by one.
    pub fn cluster_max_attempts(&self) -> i64 {
        self.count("cluster_max_attempts")
    }

    /// The application's auto-pause rule.
    pub fn guard(&self) -> crate::guard::Rule {
        crate::guard::Rule {
            lookback: self.span("guard_lookback"),
            min_failures: self.count("guard_min_failures"),
            min_users: self.count("guard_min_users"),
        }
    }

    /// Attempt results that the auto-pause rule counts.
    pub fn guard_results(&self) -> &[String] {
        self.labels("guard_results")
    }

    /// How long a campaign is watched after its unpause.
    pub fn bake_for(&self) -> Span {
        self.span("bake_for")
    }

    /// Chance that the bake of a clean campaign fails.
    pub fn bake_false_alarm(&self) -> f64 {
        self.share("bake_false_alarm")
    }

    /// Target scopes that exist; none: those in use.
    pub fn known_scopes(&self) -> &[String] {
        self.labels("known_scopes")
    }

    /// How far back settlement looks.
    pub fn settle_lookback(&self) -> Span {
        self.span("settle_lookback")
    }

    /// How long redemption and purchase may disagree.
    pub fn settle_grace(&self) -> Span {
        self.span("settle_grace")
    }

    /// How long a payment may stay unfinished.
    pub fn payment_grace(&self) -> Span {
        self.span("payment_grace")
    }

    /// Whether `used_total` counts the redemptions that are applied now; else those that were ever applied.
    pub fn used_total_counts_applied(&self) -> bool {
        matches!(self.get("used_total_counts"), Value::Word("applied"))
    }

    /// How the application counts money and uses; which columns it has is not policy, and is left out.
    pub fn arithmetic(&self) -> crate::settle::Arithmetic {
        use crate::settle::{Arithmetic, Rounding};
        let word = |name| match self.get(name) {
            Value::Word(word) => *word,
            other => unreachable!("{name} is a word, not {other}"),
        };
        let by_type = value::pairs(self.labels("used_total_counts_by_type")).unwrap_or_default();
        Arithmetic {
            rounding: Rounding::named(word("discount_rounding")),
            tolerance: self.count("amount_tolerance"),
            several_codes: word("codes_per_purchase") == "several",
            partial_refunds_keep: word("partial_refunds") == "keep",
            accounts_merge: word("account_merges") == "happen",
            nobody: self.nobody_user_ids().to_vec(),
            counts_applied: self.used_total_counts_applied(),
            columns: crate::settle::Columns::default(),
            counts_applied_by_type: by_type
                .iter()
                .map(|(t, word)| ((*t).to_owned(), *word == "applied"))
                .collect(),
        }
    }

    /// User ids that stand for no particular user.
    pub fn nobody_user_ids(&self) -> &[i64] {
        match self.get("nobody_user_ids") {
            Value::Numbers(ids) => ids,
            other => unreachable!("nobody_user_ids is a list of numbers, not {other}"),
        }
    }

    /// How long a campaign of high value may stay paused.
    pub fn escalate_paused_after(&self) -> Span {
        self.span("escalate_paused_after")
    }

    /// How long events stay listed as escalations.
    pub fn escalate_lookback(&self) -> Span {
        self.span("escalate_lookback")
    }

    /// Discount stars in a week that make a campaign one of high value.
    pub fn high_value_stars(&self) -> i64 {
        self.count("high_value_stars")
    }

    /// Whether an unattached status history blocks every unpause.
    pub fn require_history(&self) -> bool {
        matches!(self.get("require_history"), Value::Flag(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accessor_has_its_setting() {
        let policy = Policy::default();
        assert_eq!(policy.failure_results(), ["INVALID", "EXPIRED", "NOT_APPLICABLE", "RATE_LIMITED"]);
        assert_eq!(policy.guard_results(), ["INVALID", "EXPIRED", "NOT_APPLICABLE"]);
        assert_eq!(policy.triage_lookback(), Span::from_minutes(30));
        assert_eq!(policy.guard().min_failures, 100);
        assert_eq!(policy.cluster_limit(), crate::clusters::Limit::attempts(12_000_000));
        assert!(!policy.require_history());
        assert_eq!(policy.settle_lookback(), Span::from_minutes(60));
        assert_eq!(policy.settle_grace(), Span::from_minutes(5));
        assert_eq!(policy.payment_grace(), Span::from_minutes(30));
        assert!(!policy.used_total_counts_applied());
        assert_eq!(policy.arithmetic(), crate::settle::Arithmetic::default());
        assert_eq!(policy.bake_for(), Span::from_minutes(15));
        assert_eq!(policy.bake_false_alarm(), 0.05);
        assert_eq!(policy.escalate_paused_after(), Span::from_minutes(30));
        assert_eq!(policy.escalate_lookback(), Span::from_days(1));
        assert_eq!(policy.high_value_stars(), 10_000);
        assert_eq!(policy.recovery_within(), Span::from_minutes(10));
    }

    #[test]
    fn an_override_that_cannot_be_read_is_an_error_and_not_the_default() {
        assert!(Policy::with_overrides([("guard_min_users", "many")]).is_err());
        assert!(Policy::with_overrides([("no_such_policy", "1")]).is_err());
        let policy = Policy::with_overrides([("guard_min_users", "5")]).unwrap();
        assert_eq!(policy.guard().min_users, 5);
        assert_eq!(policy.differences(&Policy::default()), ["guard_min_users"]);
    }
}
