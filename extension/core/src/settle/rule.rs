//! The rules. A new one is an entry here, its file, and its test.

use super::section::Sections;

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Stars or uses went where they should not.
    Critical,
    /// Something is stuck or miscounted, and nothing is lost yet.
    Warning,
}

impl Severity {
    /// Its name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
        }
    }
}

/// What a rule looks at: the relation of `sql/query/settle/base` of which it sees one row at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A redemption and its purchase, or either alone.
    Pair,
    /// A campaign, or a user of one, over all of their history.
    Campaign,
    /// A purchase and what the ledger holds of it.
    Ledger,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pair, Self::Campaign, Self::Ledger];

    /// The relation's name.
    pub(super) const fn relation(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Campaign => "campaign_use",
            Self::Ledger => "booking",
        }
    }

    /// The SQL that defines it.
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Pair => include_str!("../../../../sql/query/settle/base/link.sql"),
            Self::Campaign => include_str!("../../../../sql/query/settle/base/campaign.sql"),
            Self::Ledger => include_str!("../../../../sql/query/settle/base/ledger.sql"),
        }
    }
}

/// Whose violation it is. A violation is reported once for each of them, however many rows show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A redemption.
    Redemption,
    /// A purchase: several redemptions that point to it do not multiply it.
    Purchase,
    /// A campaign, or a user of one.
    Campaign,
}

impl Subject {
    /// What tells one from another.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Redemption => "x.redemption_id::text",
            Self::Purchase => "x.shown_purchase_id::text",
            Self::Campaign => "concat_ws(' ', lpad(x.campaign_id::text, 20), lpad(x.user_id::text, 20))",
        }
    }
}

macro_rules! rules {
    ($($(#[$meta:meta])* $variant:ident = $name:literal: $severity:ident, $scope:ident, $subject:ident;)+) => {
        /// A settlement rule of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[$meta])* $variant,)+ }

        impl Rule {
            /// All of them, in the order in which they are shown: the critical ones first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the contract, which is also that of its file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How bad a violation is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// What it looks at.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)+ }
            }

            pub(super) const fn subject(self) -> Subject {
                match self { $(Self::$variant => Subject::$subject,)+ }
            }

            /// Its file.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../../../sql/query/settle/rules/", $name, ".sql")),)+
                }
            }
        }
    };
}

rules! {
    /// A discount was applied to no purchase.
    AppliedWithoutPurchase = "applied_without_purchase": Critical, Pair, Redemption;
    /// A redemption points to a purchase that does not exist.
    DanglingPurchase = "dangling_purchase": Critical, Pair, Redemption;
    /// A redemption was applied, its purchase was never credited.
    AppliedNotCredited = "applied_not_credited": Critical, Pair, Redemption;
    /// A purchase was credited, its redemption never applied.
    CreditedNotApplied = "credited_not_applied": Critical, Pair, Redemption;
    /// A purchase was refunded, its redemption still counts.
    RefundedNotRevoked = "refunded_not_revoked": Critical, Pair, Redemption;
    /// A redemption was taken back after use, its purchase stands.
    RevokedNotRefunded = "revoked_not_refunded": Critical, Pair, Redemption;
    /// A discount was promised, none was given.
    ZeroDiscount = "zero_discount": Critical, Pair, Purchase;
    /// Another discount was given than the one promised.
    WrongDiscount = "wrong_discount": Critical, Pair, Purchase;
    /// A discount was given for no redemption.
    DiscountWithoutRedemption = "discount_without_redemption": Critical, Pair, Purchase;
    /// Redemption and purchase are of two users.
    UserMismatch = "user_mismatch": Critical, Pair, Redemption;
    /// Redemption and purchase name two campaigns.
    CampaignMismatch = "campaign_mismatch": Critical, Pair, Redemption;
    /// Price, discount and amount to pay do not add up.
    AmountIdentity = "amount_identity": Critical, Pair, Purchase;
    /// More uses than a limit allows.
    OverRedeemed = "over_redeemed": Critical, Campaign, Campaign;
    /// The ledger does not hold what was credited or refunded.
    CreditedNotInLedger = "credited_not_in_ledger": Critical, Ledger, Purchase;
    /// A reservation that neither ended nor was applied.
    ReservationOverdue = "reservation_overdue": Warning, Pair, Redemption;
    /// A payment that was not credited.
    PaidNotCredited = "paid_not_credited": Warning, Pair, Purchase;
    /// A checkout that neither was paid nor failed.
    PrecheckoutStuck = "precheckout_stuck": Warning, Pair, Purchase;
    /// The campaign's own counter is off.
    UsedTotalDrift = "used_total_drift": Warning, Campaign, Campaign;
}

impl Rule {
    /// Its file, taken apart.
    pub(super) fn sections(self) -> Sections<'static> {
        Sections::parse(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_those_of_the_contract_and_critical_ones_come_first() {
        let names: Vec<_> = Rule::ALL.iter().map(|r| r.name()).collect();
        assert_eq!(names.len(), 18);
        let warnings: Vec<_> =
            Rule::ALL.iter().filter(|r| r.severity() == Severity::Warning).map(|r| r.name()).collect();
        assert_eq!(
            warnings,
            ["reservation_overdue", "paid_not_credited", "precheckout_stuck", "used_total_drift"]
        );
        assert!(Rule::ALL.is_sorted_by_key(|r| r.severity()));
    }
}
