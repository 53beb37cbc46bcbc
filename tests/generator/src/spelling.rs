//! The words of the tables: enums of one byte that know how they are spelled.

/// An enum of one byte whose variants have the spelling of the tables.
macro_rules! spelled {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The spelling used in the tables and in the contract.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use spelled;

spelled! {
    /// `promo_codes.promo_type`.
    PromoType {
        /// Days of premium, no purchase involved.
        PremiumGrant = "PREMIUM_GRANT",
        /// A discount on a purchase, whatever its arithmetic.
        Discount = "PERCENT_DISCOUNT",
    }
}

spelled! {
    /// `promo_codes.discount_type`.
    DiscountType {
        /// The user pays `ceil(base * (100 - p) / 100)`.
        Percent = "PERCENT",
        /// `min(base, value)` stars off.
        Fixed = "FIXED",
        /// Nothing to pay.
        Free = "FREE",
    }
}

spelled! {
    /// `promo_codes.status`.
    Status {
        /// Redeemable within its validity and limits.
        Active = "ACTIVE",
        /// Held by the guard or a person.
        Paused = "PAUSED",
        /// Past its end; set by a job every ten minutes, from ACTIVE only.
        Expired = "EXPIRED",
        /// Out of uses; set by the same job.
        Depleted = "DEPLETED",
    }
}

spelled! {
    /// `promo_attempts.result`.
    AttemptResult {
        /// The code was taken.
        Accepted = "ACCEPTED",
        /// No campaign has this code.
        Invalid = "INVALID",
        /// The campaign is paused, over, or has not begun.
        Expired = "EXPIRED",
        /// Known and live, but not for this user now; `metadata.reason` says why.
        NotApplicable = "NOT_APPLICABLE",
        /// Turned away by the per-user limiter before the code was looked at.
        RateLimited = "RATE_LIMITED",
    }
}

impl AttemptResult {
    /// Whether the application's guard counts it: INVALID, EXPIRED and NOT_APPLICABLE.
    #[must_use]
    pub fn counts_for_guard(self) -> bool {
        matches!(self, Self::Invalid | Self::Expired | Self::NotApplicable)
    }

    /// Whether it is a failure in the sense of policy's `failure_results`: all but ACCEPTED.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self != Self::Accepted
    }
}

spelled! {
    /// `promo_attempts.source`.
    Source {
        /// Typed as a chat command.
        Command = "COMMAND",
        /// Tapped.
        Button = "BUTTON",
        /// Sent by a client program; the per-user limiter does not stand before this door.
        Api = "API",
    }
}

spelled! {
    /// `promo_attempts.metadata ->> 'reason'`.
    Reason {
        /// No reason recorded: the metadata is `{}`.
        None = "",
        /// This user has used or reserved the code as often as allowed.
        AlreadyUsed = "ALREADY_USED",
        /// The campaign's total limit is used up.
        Depleted = "DEPLETED",
        /// For new users only, and this one is not.
        NewUsersOnly = "NEW_USERS_ONLY",
        /// For first purchases only, and this user has bought before.
        FirstPurchaseOnly = "FIRST_PURCHASE_ONLY",
    }
}

spelled! {
    /// `promo_redemptions.status`.
    RedemptionStatus {
        /// Just made.
        Created = "CREATED",
        /// The code was accepted.
        Validated = "VALIDATED",
        /// Held for fifteen minutes while the user pays.
        Reserved = "RESERVED",
        /// The purchase is credited, or the grant given.
        Applied = "APPLIED",
        /// The reservation lapsed.
        Expired = "EXPIRED",
        /// Turned down.
        Rejected = "REJECTED",
        /// Taken back after a refund or by an admin.
        Revoked = "REVOKED",
    }
}

spelled! {
    /// `purchases.status`.
    PurchaseStatus {
        /// Just made.
        Created = "CREATED",
        /// The user has the invoice.
        InvoiceSent = "INVOICE_SENT",
        /// The payment provider asked and was told to go on.
        PrecheckoutOk = "PRECHECKOUT_OK",
        /// Paid, goods not yet given.
        PaidUncredited = "PAID_UNCREDITED",
        /// Paid and given.
        Credited = "CREDITED",
        /// Given up.
        Failed = "FAILED",
        /// Paid, giving failed, a person looks at it.
        FailedCreditPendingReview = "FAILED_CREDIT_PENDING_REVIEW",
        /// Paid back.
        Refunded = "REFUNDED",
    }
}

spelled! {
    /// `ledger.entry`.
    LedgerEntryKind {
        /// Stars taken in for a credited purchase.
        Credit = "CREDIT",
        /// Stars paid back for a refunded one.
        Debit = "DEBIT",
    }
}

spelled! {
    /// What changed a status.
    ChangedBy {
        /// The auto-pause job, every minute.
        Guard = "guard",
        /// The job that ends campaigns, every ten minutes.
        Lifecycle = "lifecycle",
        /// A person, by hand.
        Admin = "admin",
    }
}
