-- What each campaign promises as it stands now; a grant promises no discount.
terms AS NOT MATERIALIZED (
    SELECT c.id, c.promo_type,
           CASE WHEN c.promo_type <> 'PREMIUM_GRANT' THEN coalesce(c.discount_type::text, 'PERCENT') END AS discount_type,
           CASE WHEN coalesce(c.discount_value, c.discount_percent) < 0 THEN 0
                ELSE coalesce(c.discount_value, c.discount_percent) END::bigint AS discount_value,
           coalesce(c.discount_value, c.discount_percent)::text AS discount_text
    FROM promo_guard.campaigns AS c
),
-- A redemption and its purchase, or either alone: the full outer join over applied_purchase_id, for rows of which one
-- side at least falls into the window.
--
-- It is written as its three parts: PostgreSQL (up to 15) runs a FULL JOIN in one process, and cannot narrow either side
-- of it to the window, while each of these runs in parallel and reads no more than it must. The second part is empty where
-- the window holds everything.
link AS NOT MATERIALIZED (
    -- redemptions in the window, with or without a purchase
    SELECT r.id AS redemption_id, r.promo_code_id, r.user_id AS redemption_user_id, r.status AS redemption_status,
           r.reserved_until, r.applied_purchase_id, r.validation_snapshot, r.created_at AS redeemed_at, r.applied_at,
           p.id AS purchase_id,
           p.user_id AS purchase_user_id, p.status AS purchase_status, p.base_stars_amount, p.discount_stars_amount,
           p.stars_amount, p.applied_promo_code_id, p.created_at AS ordered_at, p.paid_at, p.credited_at, p.refunded_at,
           c.promo_type, c.discount_type, c.discount_value, c.discount_text
    FROM redemption AS r
    LEFT JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE r.in_window AND (p.created_at > $2) IS NOT TRUE
    UNION ALL
    -- purchases in the window whose redemption is not
    SELECT r.id, r.promo_code_id, r.user_id, r.status, r.reserved_until, r.applied_purchase_id, r.validation_snapshot,
           r.created_at, r.applied_at, p.id, p.user_id, p.status, p.base_stars_amount, p.discount_stars_amount, p.stars_amount,
           p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at, p.refunded_at, c.promo_type, c.discount_type,
           c.discount_value, c.discount_text
    FROM purchase AS p
    JOIN redemption AS r ON r.applied_purchase_id = p.id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE p.in_window AND r.in_window IS NOT TRUE
    UNION ALL
    -- purchases in the window to which no redemption points
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.id, p.user_id, p.status, p.base_stars_amount,
           p.discount_stars_amount, p.stars_amount, p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at,
           p.refunded_at, NULL, NULL, NULL, NULL
    FROM purchase AS p
    WHERE p.in_window AND NOT EXISTS (SELECT FROM promo_guard.redemptions AS r WHERE r.applied_purchase_id = p.id)
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
-- One row of it as the rules see it. expected_discount is exact: stars are whole, and what a percentage leaves to pay is
-- rounded up, so that the discount is rounded down. The snapshot says what was promised, else the campaign. It is null where
-- nothing does, and for a price below nothing or beyond what can be multiplied by a hundred.
pair AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.promo_code_id, l.applied_promo_code_id) AS campaign_id,
           coalesce(l.redemption_user_id, l.purchase_user_id) AS user_id,
           coalesce(l.purchase_id, l.applied_purchase_id) AS shown_purchase_id,
           -- -1 stands for a value that is not known: least() would pass over a null
           CASE WHEN l.base_stars_amount BETWEEN 0 AND 90000000000000000 THEN
               coalesce(
                   CASE l.promised_type
                       WHEN 'PERCENT' THEN
                           l.base_stars_amount * nullif(least(coalesce(l.promised_value, -1), 100), -1) / 100
                       WHEN 'FIXED' THEN nullif(least(l.base_stars_amount, coalesce(l.promised_value, -1)), -1)
                       WHEN 'FREE' THEN
                           CASE WHEN l.validation_snapshot ? 'discount_type' THEN l.base_stars_amount::bigint END
                   END,
                   CASE l.discount_type
                       WHEN 'PERCENT' THEN
                           l.base_stars_amount * nullif(least(coalesce(l.discount_value, -1), 100), -1) / 100
                       WHEN 'FIXED' THEN nullif(least(l.base_stars_amount, coalesce(l.discount_value, -1)), -1)
                       WHEN 'FREE' THEN l.base_stars_amount::bigint
                   END)
           END AS expected_discount
    FROM promise AS l
)
