-- A redemption and its purchase, or either alone: the full outer join over applied_purchase_id, for rows of which one
-- side at least falls into the window.
--
-- It is written as two parts: PostgreSQL (up to 15) runs a FULL JOIN in one process, and cannot narrow either side of it to
-- what is doubtful, while each of these runs in parallel and reads no more than it must.
link AS NOT MATERIALIZED (
    -- redemptions in the window, with or without a purchase
    SELECT r.id AS redemption_id, r.promo_code_id, :user_of_r AS redemption_user_id, r.status AS redemption_status,
           r.reserved_until, r.applied_purchase_id, r.validation_snapshot, r.created_at AS redeemed_at, r.applied_at,
           p.id AS purchase_id,
           :user_of_p AS purchase_user_id, p.status AS purchase_status, p.base_stars_amount, p.discount_stars_amount,
           p.stars_amount, p.applied_promo_code_id, p.created_at AS ordered_at, p.paid_at, p.credited_at, p.refunded_at,
           :refunded_amount AS refunded_amount, :currency AS currency,
           c.promo_type, c.discount_type, c.discount_value, c.discount_text, c.discount_currency
    FROM doubtful_redemption AS r
    LEFT JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE (p.created_at > $2) IS NOT TRUE
    UNION ALL
    -- purchases in the window whose redemption is not, or to which none points
    SELECT r.id, r.promo_code_id, :user_of_r, r.status, r.reserved_until, r.applied_purchase_id, r.validation_snapshot,
           r.created_at, r.applied_at, p.id, :user_of_p, p.status, p.base_stars_amount, p.discount_stars_amount, p.stars_amount,
           p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at, p.refunded_at, :refunded_amount, :currency,
           c.promo_type, c.discount_type, c.discount_value, c.discount_text, c.discount_currency
    FROM doubtful_purchase AS p
    LEFT JOIN any_redemption AS r ON r.applied_purchase_id = p.id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE r.applied_purchase_id IS NULL OR (r.in_window IS NOT TRUE AND NOT r.later)
)
