-- A redemption and its purchase, or either alone: the full outer join over applied_purchase_id, for rows of which one
-- side at least falls into the window.
--
-- It is written as two parts: PostgreSQL (up to 15) runs a FULL JOIN in one process, and cannot narrow either side of it to
-- what is doubtful, while each of these runs in parallel and reads no more than it must.
link AS NOT MATERIALIZED (
    -- redemptions in the window, with or without a purchase
    SELECT r.id AS redemption_id, r.promo_code_id, r.user_id AS redemption_user_id, r.status AS redemption_status,
           r.reserved_until, r.applied_purchase_id, r.validation_snapshot, r.created_at AS redeemed_at, r.applied_at,
           p.id AS purchase_id,
           p.user_id AS purchase_user_id, p.status AS purchase_status, p.base_stars_amount, p.discount_stars_amount,
           p.stars_amount, p.applied_promo_code_id, p.created_at AS ordered_at, p.paid_at, p.credited_at, p.refunded_at,
           c.promo_type, c.discount_type, c.discount_value, c.discount_text
    FROM doubtful_redemption AS r
    LEFT JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE (p.created_at > $2) IS NOT TRUE
    UNION ALL
    -- purchases in the window whose redemption is not, or to which none points
    SELECT r.id, r.promo_code_id, r.user_id, r.status, r.reserved_until, r.applied_purchase_id, r.validation_snapshot,
           r.created_at, r.applied_at, p.id, p.user_id, p.status, p.base_stars_amount, p.discount_stars_amount, p.stars_amount,
           p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at, p.refunded_at, c.promo_type, c.discount_type,
           c.discount_value, c.discount_text
    FROM doubtful_purchase AS p
    LEFT JOIN any_redemption AS r ON r.applied_purchase_id = p.id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE r.applied_purchase_id IS NULL OR (r.in_window IS NOT TRUE AND NOT r.later)
),
-- With the terms of the snapshot taken when the code was accepted, where they can be read: a whole number of at most twelve
-- digits. Nearly always it is the number that the campaign still has, and to see that costs a fifth of reading it.
promise AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.validation_snapshot ->> 'discount_type',
                    -- null is PERCENT; not there at all is the campaign's
                    CASE WHEN l.validation_snapshot ? 'discount_type' THEN 'PERCENT' ELSE l.discount_type END)
               AS promised_type,
           CASE WHEN l.validation_snapshot ->> 'discount_value' = l.discount_text THEN l.discount_value
                WHEN ltrim(l.validation_snapshot ->> 'discount_value', '0123456789') = ''
                     AND length(l.validation_snapshot ->> 'discount_value') BETWEEN 1 AND 12
                THEN (l.validation_snapshot ->> 'discount_value')::bigint END AS promised_value
    FROM link AS l
    WHERE $5 IS NULL OR l.promo_code_id = $5 OR l.applied_promo_code_id = $5
),
-- One row of it as the rules see it. expected_discount: the snapshot says what was promised, else the campaign. It is null where
-- nothing does, and for a price below nothing or beyond what can be multiplied by a hundred.
pair AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.promo_code_id, l.applied_promo_code_id) AS campaign_id,
           coalesce(l.redemption_user_id, l.purchase_user_id) AS user_id,
           coalesce(l.purchase_id, l.applied_purchase_id) AS shown_purchase_id,
           CASE WHEN l.base_stars_amount BETWEEN 0 AND 90000000000000000 THEN
               coalesce(:promised_discount, :campaign_discount)
           END AS expected_discount
    FROM promise AS l
)
