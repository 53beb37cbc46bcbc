//! How the application counts money and uses: policy, written into the statements of settlement.
//!
//! A statement has placeholders (`:tolerance`); under the default policy they become what costs nothing.

use super::rule::{Rule, Severity};
use super::section::without_notes;
use std::fmt::Write as _;

/// How the discount of a percentage is rounded to a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// Down: what is left to pay is rounded up.
    #[default]
    Floor,
    /// To the nearest, halves down: what is left to pay is rounded half up.
    HalfDown,
    /// To the nearest, halves to the even number.
    HalfEven,
    /// To the nearest, halves up.
    HalfUp,
    /// Up.
    Ceil,
}

impl Rounding {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Floor, Self::HalfDown, Self::HalfEven, Self::HalfUp, Self::Ceil];

    /// Its word in policy `discount_rounding`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::HalfDown => "half_down",
            Self::HalfEven => "half_even",
            Self::HalfUp => "half_up",
            Self::Ceil => "ceil",
        }
    }

    /// The one of that word; the default for any other, which policy does not let in.
    pub fn named(word: &str) -> Self {
        Self::ALL.into_iter().find(|r| r.name() == word).unwrap_or_default()
    }

    /// A hundredth of `n`, which is not negative.
    fn hundredth(self, n: &str) -> String {
        match self {
            Self::Floor => format!("{n} / 100"),
            Self::HalfDown => format!("({n} + 49) / 100"),
            Self::HalfEven => format!("({n} + 49 + {n} / 100 % 2) / 100"),
            Self::HalfUp => format!("({n} + 50) / 100"),
            Self::Ceil => format!("({n} + 99) / 100"),
        }
    }
}

/// How the application counts money and uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arithmetic {
    /// How the discount of a percentage is rounded.
    pub rounding: Rounding,
    /// By how much amounts may differ.
    pub tolerance: i64,
    /// Whether one purchase takes several codes, whose discounts add up.
    pub several_codes: bool,
    /// Whether a redemption stands when its purchase is refunded in part.
    pub partial_refunds_keep: bool,
    /// Whether two accounts may become one, whose purchases move while redemptions stay.
    pub accounts_merge: bool,
    /// User ids that stand for no particular user.
    pub nobody: Vec<i64>,
    /// Whether uses are the redemptions applied now; else those ever applied.
    pub counts_applied: bool,
    /// The same by type of campaign, where it differs.
    pub counts_applied_by_type: Vec<(String, bool)>,
    /// What the application knows besides.
    pub columns: Columns,
}

/// Columns that few applications have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    /// `purchases.currency`.
    pub currency: bool,
    /// `campaigns.discount_currency`.
    pub discount_currency: bool,
    /// `purchases.refunded_stars_amount`.
    pub refunded: bool,
}

impl Arithmetic {
    /// How bad a violation of a rule is here.
    pub fn severity(&self, rule: Rule) -> Severity {
        match rule {
            // A merged account has purchases of two users: worth a look, and no loss.
            Rule::UserMismatch if self.accounts_merge => Severity::Warning,
            _ => rule.severity(),
        }
    }

    /// The user of a row; null for an id that stands for no particular user.
    pub(super) fn user(&self, row: &str) -> String {
        crate::policy::user_of(row, &self.nobody)
    }

    /// The discount that these make of a base.
    pub(super) fn discount(&self, base: &str, discount_type: &str, value: &str) -> String {
        let product = format!("({base} * nullif(least(coalesce({value}, -1), 100), -1))");
        without_notes(include_str!("../../../../sql/query/settle/base/discount.sql"))
            .replace(":percentage", &self.rounding.hundredth(&product))
            .replace(":base", base)
            .replace(":type", discount_type)
            .replace(":value", value)
    }

    /// Whether uses of a campaign of that type are the redemptions applied now.
    pub fn counts_applied_of(&self, promo_type: Option<&str>) -> bool {
        let promo_type = promo_type.map(|t| t.trim_end_matches(' '));
        let of_type = self.counts_applied_by_type.iter().find(|(t, _)| Some(t.as_str()) == promo_type);
        of_type.map_or(self.counts_applied, |(_, applied)| *applied)
    }

    /// Whether uses of campaign `c` are the redemptions applied now.
    fn counts_applied(&self) -> String {
        let default = self.counts_applied.to_string();
        if self.counts_applied_by_type.is_empty() {
            return default;
        }
        let mut sql = "CASE rtrim(c.promo_type::text)".to_owned();
        for (promo_type, applied) in &self.counts_applied_by_type {
            // Writing to a String cannot fail.
            let _ = write!(sql, " WHEN {} THEN {applied}", crate::binding::quote_literal(promo_type));
        }
        format!("{sql} ELSE {default} END")
    }

    /// The relation `pair`, made of `link`.
    pub(super) fn pair(&self) -> String {
        let promise = |link: &str| {
            without_notes(include_str!("../../../../sql/query/settle/base/promise.sql"))
                .replace(":link", link)
        };
        let own = without_notes(include_str!("../../../../sql/query/settle/base/own_discount.sql"))
            .replace(
                ":promised_discount",
                &self.discount("l.base_stars_amount", "l.promised_type", "l.promised_value"),
            )
            .replace(
                ":campaign_discount",
                &self.discount("l.base_stars_amount", "l.discount_type", "l.discount_value"),
            )
            .replace(
                ":same_currency",
                if self.columns.currency && self.columns.discount_currency {
                    "(l.discount_currency <> l.currency AND coalesce(l.promised_type, l.discount_type) = 'FIXED') IS NOT TRUE"
                } else {
                    "true"
                },
            );
        let sql = if self.several_codes {
            include_str!("../../../../sql/query/settle/base/several_codes.sql")
        } else {
            include_str!("../../../../sql/query/settle/base/one_code.sql")
        };
        let link = include_str!("../../../../sql/query/settle/base/link.sql");
        format!("{},\n{}", link.trim_end(), sql)
            .replace(":promise", promise("link").trim_end())
            .replace(":redeemed", promise("redeemed").trim_end())
            .replace(":own_discount", own.trim_end())
    }

    /// The statement with every placeholder of policy filled in.
    pub(super) fn fill(&self, sql: &str) -> String {
        let columns = self.columns;
        let pick = |has: bool, with: &'static str, without: &'static str| if has { with } else { without };
        sql.replace(":user_of_r", &self.user("r"))
            .replace(":user_of_p", &self.user("p"))
            .replace(":tolerance", &self.tolerance.to_string())
            .replace(":counts_applied", &self.counts_applied())
            .replace(":partial_refunds_keep", pick(self.partial_refunds_keep, "true", "false"))
            .replace(":other_code", pick(self.several_codes, "(x.applied_promo_code_id::bigint = ANY (x.campaigns))", "false"))
            .replace(":refunded_amount", pick(columns.refunded, "p.refunded_stars_amount", "NULL::bigint"))
            .replace(":discount_currency", pick(columns.discount_currency, "c.discount_currency::text", "NULL::text"))
            .replace(":unit", pick(columns.currency, "coalesce(x.currency, 'stars')", "'stars'"))
            // Of a purchase that took several codes, the difference goes to the first of its redemptions.
            .replace(
                ":given",
                pick(
                    self.several_codes,
                    "coalesce(CASE WHEN x.first_redemption IS NULL THEN x.discount_stars_amount
                                   WHEN x.redemption_id::text = x.first_redemption
                                   THEN x.discount_stars_amount - (x.expected_discount - x.own_discount)
                                   ELSE x.own_discount END, x.discount_stars_amount, 0)",
                    "coalesce(x.discount_stars_amount, 0)",
                ),
            )
            .replace(
                ":due",
                pick(
                    self.several_codes,
                    "coalesce(x.own_discount, x.discount_stars_amount, 0)",
                    "coalesce(x.expected_discount, x.discount_stars_amount, 0)",
                ),
            )
            .replace(
                ":currencies",
                pick(
                    columns.currency,
                    "SELECT p.currency::text FROM purchase AS p WHERE p.in_window UNION SELECT NULL",
                    "SELECT NULL::text",
                ),
            )
            .replace(
                ":shown",
                pick(
                    columns.currency,
                    "b.currency IS NOT NULL OR d.applied + d.missing + d.surplus > 0 OR p.start IS NOT NULL OR k.credits > 0 OR k.drift <> 0
   OR NOT EXISTS (SELECT FROM bucket AS o WHERE o.currency IS NOT NULL)",
                    "true",
                ),
            )
            .replace(
                ":currency_of_entry",
                pick(
                    columns.currency,
                    "(SELECT p.currency::text FROM promo_guard.purchases AS p WHERE p.id = e.purchase_id LIMIT 1)",
                    "NULL::text",
                ),
            )
            .replace(":currency", pick(columns.currency, "p.currency::text", "NULL::text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_nothing_is_added_to_a_statement() {
        let policy = Arithmetic::default();
        assert_eq!(policy.fill(":user_of_r, :counts_applied, :tolerance"), "r.user_id, false, 0");
        assert!(
            policy.discount("b", "t", "v").contains("(b * nullif(least(coalesce(v, -1), 100), -1)) / 100")
        );
    }

    #[test]
    fn what_policy_names_stays_a_constant() {
        let policy = Arithmetic {
            nobody: vec![0, -1],
            counts_applied: true,
            counts_applied_by_type: vec![("it's".to_owned(), false)],
            ..Arithmetic::default()
        };
        assert_eq!(policy.user("r"), "(CASE WHEN r.user_id NOT IN ((0), (-1)) THEN r.user_id END)");
        assert_eq!(
            policy.fill(":counts_applied"),
            "CASE rtrim(c.promo_type::text) WHEN 'it''s' THEN false ELSE true END"
        );
    }
}
