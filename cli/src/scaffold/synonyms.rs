//! What shops call the columns and the values that promo_guard reads, the most telling name first. Sources: the reference schema, and
//! the public schemas of Saleor, Medusa, Polar, Sylius, Vendure, Solidus, WooCommerce, Magento and Open edX shops.

use promo_guard_core::binding::Entity;

/// The names of a canonical column; empty where it is known by other means.
pub fn of(entity: Entity, canonical: &str) -> &'static str {
    let table = match entity {
        Entity::Campaigns => CAMPAIGNS,
        Entity::Attempts => ATTEMPTS,
        Entity::Redemptions => REDEMPTIONS,
        Entity::Purchases => PURCHASES,
        Entity::Ledger => &[],
    };
    table.iter().find(|(name, _)| *name == canonical).map_or("", |(_, names)| names)
}

/// Names of the code itself, in plain.
pub const PLAIN_CODE: &str =
    "code coupon_code voucher_code promo_code promotion_code discount_code plain_code code_value";

/// Names of booleans that say that a campaign can be used.
pub const ENABLED: &str = "enabled is_active active is_enabled published is_live usable";
/// Names of booleans that say that it cannot.
pub const DISABLED: &str = "paused disabled is_disabled is_paused inactive archived is_archived is_deleted";
/// Names of times since which it cannot be used.
pub const ENDED: &str = "paused_at disabled_at deactivated_at archived_at deleted_at";

/// Canonical names, each with what it may be called, between blanks.
type Names = &'static [(&'static str, &'static str)];

const USER: &str = "user_id customer_id user customer account_id member_id purchaser_id buyer_id owner_id person_id \
     profile_id";
const CREATED: &str = "created_at created_on created date_created date_created_gmt created_date at placed_at \
     inserted_at date_add timestamp order_placed_at date";
const UPDATED: &str = "updated_at updated_on modified_at updated modified date_updated date_modified last_modified \
     touched changed_at date_upd";
const HASH: &str = "code_hash normalized_code_hash hash code_hmac hmac code_digest hashed_code hash_of_code";

const CAMPAIGNS: Names = &[
    ("code_hash", HASH),
    ("code_prefix", "code_prefix prefix code_hint hint masked_code"),
    ("campaign_name", "campaign_name name title campaign label internal_name description tag"),
    ("promo_type", "promo_type"),
    ("grant_premium_days", "grant_premium_days premium_days"),
    (
        "discount_type",
        "discount_type discount_value_type value_type reward_type simple_action type kind \
     calculation_type action_type",
    ),
    (
        "discount_value",
        "discount_value value discount_amount amount discount amount_off reduction benefit_value",
    ),
    (
        "discount_percent",
        "discount_percent percent percentage percent_off percentage_off discount_percentage basis_points",
    ),
    ("applicable_products", "applicable_products product_ids products"),
    ("target_scope", "target_scope scope applies_to target_type apply_to applicable_to"),
    ("status", "status state"),
    (
        "valid_from",
        "valid_from starts_at start_date start_at starts start_datetime activation_date active_from \
     from_date begins_at starts_on date_from start_time available_from",
    ),
    (
        "valid_until",
        "valid_until ends_at end_date expires_at expiration_date end_at ends end_datetime valid_to \
     expires expiry_date active_until to_date date_expires expires_on date_to expiry end_time \
     available_until ends_on",
    ),
    (
        "max_total_uses",
        "max_total_uses usage_limit max_redemptions max_uses uses_per_coupon redemption_limit total_limit \
     max_usage limit maximum_uses uses_limit usage_cap max_claims cap",
    ),
    (
        "used_total",
        "used_total used times_used usage_count uses redemptions_count times_redeemed redemption_count \
     used_count use_count num_orders times_applied claimed times_claimed",
    ),
    (
        "max_uses_per_user",
        "max_uses_per_user per_customer_usage_limit usage_limit_per_user uses_per_customer \
     max_redemptions_per_user per_user_limit usage_limit_per_customer limit_per_user \
     apply_once_per_customer one_per_user",
    ),
    ("new_users_only", "new_users_only new_customers_only new_customer_only"),
    ("first_purchase_only", "first_purchase_only first_order_only"),
    ("created_at", CREATED),
    ("updated_at", UPDATED),
    ("discount_currency", "discount_currency currency currency_code"),
];

const ATTEMPTS: Names = &[
    ("user_id", USER),
    ("code_hash", HASH),
    ("result", "result outcome status state response verdict error_code"),
    ("source", "source channel"),
    (
        "attempted_at",
        "attempted_at tried_at at created_at created_on occurred_at timestamp date logged_at created",
    ),
    ("metadata", "metadata meta details context data payload"),
];

const REDEMPTIONS: Names = &[
    (
        "promo_code_id",
        "promo_code_id applied_promo_code_id coupon_id voucher_id discount_id promotion_code_id \
     voucher_code_id promotion_coupon_id promotion_id coupon voucher promotion promo_id code_id",
    ),
    ("user_id", USER),
    ("status", "status state"),
    ("reserved_until", "reserved_until held_until expires_at reservation_expires_at"),
    (
        "applied_purchase_id",
        "applied_purchase_id order_id purchase_id checkout_id invoice_id order sale_id transaction_id \
     payment_id",
    ),
    ("validation_snapshot", "validation_snapshot snapshot terms"),
    (
        "created_at",
        "created_at created_on created date_created date_created_gmt created_date at placed_at inserted_at \
     date_add timestamp date claimed_at redeemed_at used_at applied_at",
    ),
    (
        "applied_at",
        "applied_at redeemed_at used_at redeemed_on applied_on consumed_at completed_at \
     checkout_completed_at claimed_at",
    ),
    ("updated_at", UPDATED),
];

const PURCHASES: Names = &[
    ("user_id", USER),
    ("product_code", "product_code product_id sku product"),
    (
        "base_stars_amount",
        "base_stars_amount subtotal subtotal_amount sub_total gross gross_amount items_total item_total \
     undiscounted undiscounted_total undiscounted_total_gross_amount base_amount original_amount \
     original_total list_price base_subtotal amount_before_discount subtotal_price",
    ),
    (
        "discount_stars_amount",
        "discount_stars_amount discount_amount discount discount_total total_discount total_discounts \
     discounts discount_total_amount promo_total base_discount_amount amount_off",
    ),
    (
        "stars_amount",
        "stars_amount total net net_amount total_amount total_price_paid grand_total total_gross_amount \
     amount_paid total_price amount paid_amount price",
    ),
    ("status", "status state payment_status payment_state charge_status order_state"),
    (
        "applied_promo_code_id",
        "applied_promo_code_id promo_code_id coupon_id voucher_id discount_id promotion_coupon_id \
     promotion_id voucher_code_id coupon voucher",
    ),
    ("created_at", CREATED),
    ("paid_at", "paid_at paid_on date_paid date_paid_gmt captured_at payment_date paid"),
    (
        "credited_at",
        "credited_at fulfilled_at completed_at checkout_completed_at order_placed_at placed_at \
     date_completed date_completed_gmt paid_at captured_at",
    ),
    ("refunded_at", "refunded_at refunded_on date_refunded canceled_at cancelled_at"),
    (
        "refunded_stars_amount",
        "refunded_stars_amount refunded_amount refunded amount_refunded total_refunded refund_total",
    ),
    ("currency", "currency currency_code order_currency_code"),
];

/// The word that rules know for a shop's word; none where it may mean several.
pub fn meaning(entity: Entity, canonical: &str, theirs: &str) -> Option<&'static str> {
    let word = super::names::words(theirs).join("_");
    let has = |list: &str| list.split_whitespace().any(|known| super::names::words(known).join("_") == word);
    let lists: &[(&'static str, &str)] = match (entity, canonical) {
        (Entity::Campaigns, "status") => &[
            ("ACTIVE", "active live enabled on published running open ongoing true"),
            (
                "PAUSED",
                "paused inactive disabled off suspended draft scheduled deactivated unpublished on_hold false",
            ),
            ("EXPIRED", "expired ended over finished closed archived deleted cancelled canceled completed"),
            ("DEPLETED", "depleted exhausted used_up sold_out used redeemed"),
        ],
        (Entity::Campaigns, "discount_type") => &[
            (
                "PERCENT",
                "percent percentage percent_off percentage_off by_percent percentage_discount \
     order_percentage_discount rate",
            ),
            (
                "FIXED",
                "fixed fixed_amount amount absolute flat flat_rate dollars_off fixed_cart by_fixed amount_off \
     order_fixed_discount",
            ),
            ("FREE", "free"),
        ],
        (Entity::Attempts, "result") => &[
            ("ACCEPTED", "accepted ok success succeeded applied valid redeemed approved"),
            (
                "INVALID",
                "invalid not_found unknown unknown_code no_such_code wrong does_not_exist invalid_code",
            ),
            ("EXPIRED", "expired inactive paused ended disabled not_started not_active"),
            (
                "NOT_APPLICABLE",
                "not_applicable not_eligible ineligible already_used used limit_reached usage_limit_reached \
     depleted minimum_not_met not_allowed",
            ),
            ("RATE_LIMITED", "rate_limited limited throttled too_many too_many_requests blocked"),
        ],
        (Entity::Redemptions, "status") => &[
            ("CREATED", "created new pending"),
            ("VALIDATED", "validated valid"),
            ("RESERVED", "reserved held locked"),
            ("APPLIED", "applied used completed redeemed success succeeded confirmed consumed"),
            ("EXPIRED", "expired timed_out lapsed"),
            ("REJECTED", "rejected declined failed invalid"),
            (
                "REVOKED",
                "revoked cancelled canceled taken_back refunded returned reversed reverted voided rolled_back",
            ),
        ],
        (Entity::Purchases, "status") => &[
            (
                "CREATED",
                "created new open pending draft cart unpaid unconfirmed adding_items on_hold placed none \
     not_charged",
            ),
            ("INVOICE_SENT", "invoice_sent invoiced awaiting_payment arranging_payment payment_pending"),
            ("PRECHECKOUT_OK", "precheckout_ok confirmed authorized payment_authorized"),
            ("PAID_UNCREDITED", "paid_uncredited"),
            (
                "CREDITED",
                "credited paid completed complete fulfilled settled captured payment_settled succeeded shipped \
     delivered processing closed fully_charged full partially_fulfilled",
            ),
            ("FAILED", "failed expired declined voided payment_failed abandoned"),
            (
                "REFUNDED",
                "refunded returned partially_refunded fully_refunded part_refunded cancelled canceled \
     charged_back",
            ),
        ],
        _ => &[],
    };
    let exact =
        entity.column(canonical).and_then(|c| c.words.iter().find(|known| **known == theirs)).copied();
    exact.or_else(|| lists.iter().find(|(_, list)| has(list)).map(|(ours, _)| *ours))
}

/// Of several words that mean a paused campaign the one to write, the most telling first.
pub const WRITTEN_PAUSED: &str =
    "paused disabled inactive deactivated suspended off unpublished on_hold draft";
/// Of several words that mean an active campaign the one to write.
pub const WRITTEN_ACTIVE: &str = "active enabled live published on running open ongoing";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_a_column_and_every_meaning_is_a_known_word() {
        for (entity, table) in [
            (Entity::Campaigns, CAMPAIGNS),
            (Entity::Attempts, ATTEMPTS),
            (Entity::Redemptions, REDEMPTIONS),
            (Entity::Purchases, PURCHASES),
        ] {
            for (name, names) in table {
                let column = entity.column(name).unwrap_or_else(|| panic!("{entity}.{name}"));
                assert_eq!(column.name, *name);
                let mut one: Vec<&str> = names.split_whitespace().collect();
                let all = one.len();
                one.sort_unstable();
                one.dedup();
                assert_eq!(one.len(), all, "{entity}.{name} has a name twice");
            }
        }
        for (entity, column, theirs, ours) in [
            (Entity::Campaigns, "status", "Disabled", Some("PAUSED")),
            (Entity::Campaigns, "status", "DEPLETED", Some("DEPLETED")),
            (Entity::Campaigns, "discount_type", "percent-off", Some("PERCENT")),
            (Entity::Purchases, "status", "PaymentSettled", Some("CREDITED")),
            (Entity::Purchases, "status", "wc-completed", None),
            (Entity::Attempts, "result", "not_found", Some("INVALID")),
            (Entity::Redemptions, "status", "taken_back", Some("REVOKED")),
            (Entity::Redemptions, "user_id", "taken_back", None),
        ] {
            assert_eq!(meaning(entity, column, theirs), ours, "{theirs}");
            let known = entity.column(column).unwrap().words;
            assert!(ours.is_none_or(|word| known.contains(&word)));
        }
    }
}
