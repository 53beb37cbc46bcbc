//! The entities and their columns.

use super::column::{Column, Family, column};
use super::number::KEY;
use std::fmt;

/// What an adapter view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A campaign: one promo code.
    Campaigns,
    /// A try to redeem a code.
    Attempts,
    /// A redemption of a code by a user.
    Redemptions,
    /// A purchase, discounted or not.
    Purchases,
    /// The credits and debits of purchases; optional.
    Ledger,
}

impl Entity {
    /// All of them, in the order in which they are bound.
    pub const ALL: [Self; 5] =
        [Self::Campaigns, Self::Attempts, Self::Redemptions, Self::Purchases, Self::Ledger];

    /// The adapter view's name, which is also the key in `bind`'s `columns`.
    pub const fn view(self) -> &'static str {
        match self {
            Self::Campaigns => "campaigns",
            Self::Attempts => "attempts",
            Self::Redemptions => "redemptions",
            Self::Purchases => "purchases",
            Self::Ledger => "ledger",
        }
    }

    /// The argument of `bind`, which is also the table that is looked for on the search_path when it is null.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Campaigns => "promo_codes",
            Self::Attempts => "promo_attempts",
            Self::Redemptions => "promo_redemptions",
            Self::Purchases => "purchases",
            Self::Ledger => "ledger",
        }
    }

    /// Whether `bind` refuses without it.
    pub const fn required(self) -> bool {
        !matches!(self, Self::Ledger)
    }

    /// The entity of that view name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.view() == name)
    }

    /// What the view holds, for its COMMENT.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Campaigns => "Campaigns, one row a code (the application's promo_codes)",
            Self::Attempts => "Attempts to redeem a code (the application's promo_attempts)",
            Self::Redemptions => "Redemptions of codes by users (the application's promo_redemptions)",
            Self::Purchases => "Purchases, discounted or not (the application's purchases)",
            Self::Ledger => "Credits and debits of purchases (the application's ledger)",
        }
    }

    /// Its columns, in the view's order.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Campaigns => CAMPAIGNS,
            Self::Attempts => ATTEMPTS,
            Self::Redemptions => REDEMPTIONS,
            Self::Purchases => PURCHASES,
            Self::Ledger => LEDGER,
        }
    }

    /// The column of that name; the reference schema's own name for it serves too.
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|c| c.name == name || c.usual == name)
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.view())
    }
}

use Family::{Count, Flag, Hash, Id, Json, Key, Label, Opaque, Time};

const CAMPAIGNS: &[Column] = &[
    column("id", Id, "The campaign's id").required(),
    column("code_hash", Hash, "HMAC-SHA256 of the normalised code, as the application stores it")
        .costs("attempts cannot be linked to campaigns: every code counts as unknown"),
    column("code_prefix", Label, "First characters of the code").required(),
    column("campaign_name", Label, "The campaign's name; the codes that share one are a batch").required(),
    column("promo_type", Label, "PREMIUM_GRANT or PERCENT_DISCOUNT")
        .costs("every campaign counts as a discount; without a snapshot a grant cannot be recognised"),
    column("grant_premium_days", Count, "Days of premium that a grant gives"),
    column("discount_type", Label, "PERCENT, FIXED or FREE; null = PERCENT")
        .words(&["PERCENT", "FIXED", "FREE"])
        .costs("every discount without a snapshot counts as a percentage"),
    column("discount_value", Count, "The discount: per cent or stars, by discount_type")
        .costs("discounts without a snapshot are compared with discount_percent alone"),
    column("discount_percent", Count, "The discount in per cent, where discount_value is null")
        .costs("discounts without a snapshot are compared with discount_value alone"),
    column("applicable_products", Json, "Products that the code applies to")
        .costs("probe_redeem cannot tell whether a product is covered"),
    column("target_scope", Label, "What the code applies to")
        .costs("a wrong scope cannot be found, and check scope_known cannot run"),
    column("status", Label, "ACTIVE, PAUSED, EXPIRED or DEPLETED")
        .words(&["ACTIVE", "PAUSED", "EXPIRED", "DEPLETED"])
        .required(),
    column("valid_from", Time, "Valid from this moment on").required(),
    column("valid_until", Time, "Valid until just before this moment").required(),
    column("max_total_uses", Count, "Limit of uses; null = none").required(),
    column("used_total", Count, "Uses counted by the application")
        .costs("used_total_drift cannot run; uses are counted from redemptions"),
    column("max_uses_per_user", Count, "Limit of uses for each user")
        .costs("over_redeemed cannot check the limit for each user"),
    column("new_users_only", Flag, "For new users only").costs("a wrong audience flag cannot be named"),
    column("first_purchase_only", Flag, "For first purchases only")
        .costs("a wrong audience flag cannot be named"),
    column("created_at", Time, "When the campaign was created"),
    column("updated_at", Time, "Last edit of any kind, an upper bound of the time of a pause").required(),
    column("discount_currency", Label, "Currency of a FIXED discount; null = that of the purchase")
        .costs("a fixed discount is compared with purchases of any currency")
        .rare(),
    column(KEY, Label, "The campaign's key, where id is a number made of it").rare(),
];

const ATTEMPTS: &[Column] = &[
    column("id", Key, "The attempt's id"),
    column("user_id", Id, "User who tried")
        .costs("users cannot be counted, and failures cannot be linked by user"),
    column("code_hash", Hash, "Hash of the code that was tried").usual("normalized_code_hash").required(),
    column("result", Label, "ACCEPTED, INVALID, EXPIRED, NOT_APPLICABLE or RATE_LIMITED")
        .words(&["ACCEPTED", "INVALID", "EXPIRED", "NOT_APPLICABLE", "RATE_LIMITED"])
        .required(),
    column("source", Label, "COMMAND, BUTTON or API"),
    column("attempted_at", Time, "Time of the attempt").required(),
    column("metadata", Json, "May hold a reason such as ALREADY_USED")
        .costs("the reason of a refusal (already used, depleted, audience) is not known"),
    column(
        "client",
        Opaque,
        "The device, address or session that tried, as any opaque value; it is compared and never shown",
    )
    .costs("many accounts on one client cannot be seen")
    .rare(),
];

const REDEMPTIONS: &[Column] = &[
    column("id", Key, "The redemption's id").required(),
    column("promo_code_id", Id, "The campaign").costs("redemptions cannot be linked to campaigns"),
    column("user_id", Id, "User who redeemed").costs("user_mismatch cannot run"),
    column("status", Label, "CREATED, VALIDATED, RESERVED, APPLIED, EXPIRED, REJECTED or REVOKED")
        .words(&["CREATED", "VALIDATED", "RESERVED", "APPLIED", "EXPIRED", "REJECTED", "REVOKED"])
        .required(),
    column("reserved_until", Time, "A reservation holds until this moment")
        .costs("an overdue reservation cannot be recognised"),
    column("applied_purchase_id", Key, "The purchase that it discounts").required(),
    column("validation_snapshot", Json, "Discount type and value at the time when the code was accepted")
        .costs("discounts are compared with the campaign as it is now, not as it was"),
    column("created_at", Time, "When the redemption was created").required(),
    column("applied_at", Time, "When it was applied")
        .costs("a redemption revoked after use cannot be distinguished from one revoked before"),
    column("updated_at", Time, "Last change"),
];

const PURCHASES: &[Column] = &[
    column("id", Key, "The purchase's id").required(),
    column("user_id", Id, "User who buys").costs("user_mismatch cannot run"),
    column("product_code", Label, "What is bought"),
    column("base_stars_amount", Count, "Price before the discount, whole stars")
        .costs("the expected discount and the identity of amounts cannot be computed"),
    column("discount_stars_amount", Count, "Discount, whole stars").required(),
    column("stars_amount", Count, "Price to pay, whole stars").costs("the identity of amounts cannot be checked"),
    column(
        "status",
        Label,
        "CREATED, INVOICE_SENT, PRECHECKOUT_OK, PAID_UNCREDITED, CREDITED, FAILED, FAILED_CREDIT_PENDING_REVIEW or REFUNDED",
    )
    .words(&[
        "CREATED",
        "INVOICE_SENT",
        "PRECHECKOUT_OK",
        "PAID_UNCREDITED",
        "CREDITED",
        "FAILED",
        "FAILED_CREDIT_PENDING_REVIEW",
        "REFUNDED",
    ])
    .required(),
    column("applied_promo_code_id", Id, "The campaign whose discount it has")
        .costs("campaign_mismatch cannot run; a discount is known by its amount alone"),
    column("created_at", Time, "When the purchase was created")
        .costs("purchases fall into a window by their redemption's time alone"),
    column("paid_at", Time, "When it was paid").costs("paid_not_credited cannot tell late from pending"),
    column("credited_at", Time, "When it was credited").costs("drift and grace periods after a credit are not known"),
    column("refunded_at", Time, "When it was refunded").costs("refunded_not_revoked cannot tell late from pending"),
    column("refunded_stars_amount", Count, "How much of the price was refunded so far, whole stars")
        .costs("a partial refund cannot be distinguished from a full one")
        .rare(),
    column("currency", Label, "Currency of the amounts").costs("all amounts count as one currency").rare(),
];

const LEDGER: &[Column] = &[
    column("purchase_id", Key, "The purchase").required(),
    column("entry", Label, "CREDIT or DEBIT").words(&["CREDIT", "DEBIT"]).required(),
    column("amount", Count, "Amount, whole stars").required(),
    column("created_at", Time, "When it was booked").required(),
];
