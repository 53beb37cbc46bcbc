//! Settlement defects and what looks like them: the rules of API.md, section 5.

mod ledger;
mod limits;
mod pending;
mod plant;

pub use pending::add_pending_look_alikes;
pub use plant::{Planted, plant, plant_since};

use crate::spelling::spelled;

spelled! {
    /// The settlement rules.
    Rule {
        /// APPLIED discount, no purchase linked.
        AppliedWithoutPurchase = "applied_without_purchase",
        /// APPLIED while its purchase is neither CREDITED nor REFUNDED.
        AppliedNotCredited = "applied_not_credited",
        /// Purchase CREDITED, its redemption neither APPLIED nor REVOKED.
        CreditedNotApplied = "credited_not_applied",
        /// Purchase REFUNDED, its redemption still APPLIED.
        RefundedNotRevoked = "refunded_not_revoked",
        /// Redemption once applied and REVOKED, its purchase stands CREDITED.
        RevokedNotRefunded = "revoked_not_refunded",
        /// A discount was due, none was given.
        ZeroDiscount = "zero_discount",
        /// A discount was given, not the one due.
        WrongDiscount = "wrong_discount",
        /// Redemption and purchase are of two users.
        UserMismatch = "user_mismatch",
        /// Redemption and purchase name two campaigns.
        CampaignMismatch = "campaign_mismatch",
        /// A discounted CREDITED purchase that no redemption points to.
        DiscountWithoutRedemption = "discount_without_redemption",
        /// RESERVED longer than it may be.
        ReservationOverdue = "reservation_overdue",
        /// Paid and not credited for too long.
        PaidNotCredited = "paid_not_credited",
        /// PRECHECKOUT_OK for too long.
        PrecheckoutStuck = "precheckout_stuck",
        /// `base - discount <> stars`.
        AmountIdentity = "amount_identity",
        /// `used_total` is not the number of redemptions ever applied.
        UsedTotalDrift = "used_total_drift",
        /// More applied redemptions than a limit allows.
        OverRedeemed = "over_redeemed",
        /// `applied_purchase_id` of a purchase that does not exist.
        DanglingPurchase = "dangling_purchase",
        /// A credited purchase with stars to pay and no credit in the ledger.
        CreditedNotInLedger = "credited_not_in_ledger",
    }
}
