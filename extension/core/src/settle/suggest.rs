//! Which policy would explain the violations of a rule: for `doctor`, which suggests one and applies none.

use super::{Arithmetic, Rounding, Rule};

/// A policy under which the application's arithmetic may be lawful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The policy's name.
    pub policy: &'static str,
    /// The value to try.
    pub value: String,
    /// What the application does, if this is so.
    pub habit: String,
    /// The rules that it can explain.
    pub rules: &'static [Rule],
    /// The arithmetic with it.
    pub how: Arithmetic,
}

/// Fewer violations than this prove no habit.
pub const LEAST: i64 = 5;

/// The rules that some policy can explain.
pub const EXPLAINABLE: &[Rule] = &[
    Rule::RefundedNotRevoked,
    Rule::ZeroDiscount,
    Rule::WrongDiscount,
    Rule::UserMismatch,
    Rule::CampaignMismatch,
    Rule::AmountIdentity,
    Rule::OverRedeemed,
    Rule::UsedTotalDrift,
];

/// Whether a policy explains a rule's violations: nine in ten of enough of them.
pub const fn explains(before: i64, after: i64) -> bool {
    before >= LEAST && after * 10 <= before
}

/// Everything to be tried, the likelier first. `nobody`: user ids that may stand for no particular user.
pub fn candidates(now: &Arithmetic, nobody: &[i64]) -> Vec<Candidate> {
    const DISCOUNTS: &[Rule] = &[Rule::WrongDiscount, Rule::ZeroDiscount];
    const SEVERAL: &[Rule] = &[Rule::WrongDiscount, Rule::CampaignMismatch];
    const SUMS: &[Rule] = &[Rule::WrongDiscount, Rule::ZeroDiscount, Rule::AmountIdentity];
    const USES: &[Rule] = &[Rule::OverRedeemed, Rule::UsedTotalDrift];
    const USERS: &[Rule] = &[Rule::OverRedeemed, Rule::UserMismatch];
    const REFUNDS: &[Rule] = &[Rule::RefundedNotRevoked];
    let mut all = Vec::new();
    let mut add = |policy, value: String, habit: String, rules, how| {
        all.push(Candidate { policy, value, habit, rules, how });
    };
    for rounding in
        [Rounding::HalfUp, Rounding::HalfEven, Rounding::HalfDown, Rounding::Ceil, Rounding::Floor]
    {
        if rounding != now.rounding {
            let name = rounding.name();
            let how = Arithmetic { rounding, ..now.clone() };
            add("discount_rounding", name.to_owned(), format!("rounds discounts {name}"), DISCOUNTS, how);
        }
    }
    if !now.several_codes {
        let how = Arithmetic { several_codes: true, ..now.clone() };
        let habit = "takes several codes on one purchase".to_owned();
        add("codes_per_purchase", "several".to_owned(), habit, SEVERAL, how);
    }
    if !now.partial_refunds_keep && now.columns.refunded {
        let how = Arithmetic { partial_refunds_keep: true, ..now.clone() };
        let habit = "keeps a redemption when its purchase is refunded in part".to_owned();
        add("partial_refunds", "keep".to_owned(), habit, REFUNDS, how);
    }
    let (value, habit) = if now.counts_applied {
        ("ever_applied", "counts every redemption that was ever applied")
    } else {
        ("applied", "counts the redemptions that are applied now")
    };
    let how = Arithmetic { counts_applied: !now.counts_applied, ..now.clone() };
    add("used_total_counts", value.to_owned(), habit.to_owned(), USES, how);
    for id in nobody.iter().filter(|id| !now.nobody.contains(id)) {
        let how = Arithmetic { nobody: now.nobody.iter().chain([id]).copied().collect(), ..now.clone() };
        let ids: Vec<String> = how.nobody.iter().map(i64::to_string).collect();
        let habit = format!("uses the id {id} for users that it does not know (guests, erased accounts)");
        add("nobody_user_ids", format!("{{{}}}", ids.join(",")), habit, USERS, how);
    }
    if now.tolerance == 0 {
        let how = Arithmetic { tolerance: 1, ..now.clone() };
        let habit = "lets amounts differ by 1".to_owned();
        add("amount_tolerance", "1".to_owned(), habit, SUMS, how);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::find;

    #[test]
    fn every_candidate_is_a_value_that_its_policy_takes_and_differs_from_what_is() {
        let now = Arithmetic {
            columns: super::super::Columns { refunded: true, ..Default::default() },
            ..Default::default()
        };
        let all = candidates(&now, &[0, -1]);
        assert_eq!(all.len(), 10);
        for candidate in &all {
            assert!(find(candidate.policy).unwrap().read(&candidate.value).is_ok(), "{candidate:?}");
            assert!(candidate.how != now && !candidate.rules.is_empty());
            assert!(candidate.rules.iter().all(|rule| EXPLAINABLE.contains(rule)));
            assert!(candidates(&candidate.how, &[0, -1]).iter().all(|c| c.how != candidate.how));
        }
    }

    #[test]
    fn nine_in_ten_of_enough_violations_are_explained() {
        assert!(explains(21, 1) && explains(10, 1) && explains(5, 0));
        assert!(!explains(10, 2) && !explains(4, 0) && !explains(0, 0));
    }
}
