-- What each campaign promises as it stands now; for grants nothing.
terms AS NOT MATERIALIZED (
    SELECT c.id, c.promo_type,
           coalesce(c.discount_type::text, 'PERCENT') AS discount_type,
           CASE WHEN c.promo_type <> 'PREMIUM_GRANT' THEN coalesce(c.discount_value, c.discount_percent)::bigint END
               AS discount_value
    FROM promo_guard.campaigns AS c
),
-- A redemption and its purchase, or either alone: the full outer join over applied_purchase_id, for rows of which one
-- side at least falls into the window.
--
-- It is written as its three parts: PostgreSQL runs a FULL JOIN in one process (up to 15) and cannot narrow either side of it to
-- the window, while each of these runs in parallel and reads no more than it must. The second part is empty where the
-- window holds everything.
link AS NOT MATERIALIZED (
    -- redemptions in the window, with or without a purchase
    SELECT r.id AS redemption_id, r.promo_code_id, r.user_id AS redemption_user_id, r.status AS redemption_status,
           r.reserved_until, r.applied_purchase_id, r.validation_snapshot, r.applied_at, p.id AS purchase_id,
           p.user_id AS purchase_user_id, p.status AS purchase_status, p.base_stars_amount, p.discount_stars_amount,
           p.stars_amount, p.applied_promo_code_id, p.created_at AS ordered_at, p.paid_at, p.credited_at, p.refunded_at,
           c.promo_type, c.discount_type, c.discount_value
    FROM redemption AS r
    LEFT JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE r.in_window AND (p.created_at > $2) IS NOT TRUE
    UNION ALL
    -- purchases in the window whose redemption is not
    SELECT r.id, r.promo_code_id, r.user_id, r.status, r.reserved_until, r.applied_purchase_id, r.validation_snapshot,
           r.applied_at, p.id, p.user_id, p.status, p.base_stars_amount, p.discount_stars_amount, p.stars_amount,
           p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at, p.refunded_at, c.promo_type, c.discount_type,
           c.discount_value
    FROM purchase AS p
    JOIN redemption AS r ON r.applied_purchase_id = p.id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE p.in_window AND r.in_window IS NOT TRUE
    UNION ALL
    -- purchases in the window to which no redemption points
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.id, p.user_id, p.status, p.base_stars_amount,
           p.discount_stars_amount, p.stars_amount, p.applied_promo_code_id, p.created_at, p.paid_at, p.credited_at,
           p.refunded_at, NULL, NULL, NULL
    FROM purchase AS p
    WHERE p.in_window AND NOT EXISTS (SELECT FROM promo_guard.redemptions AS r WHERE r.applied_purchase_id = p.id)
),
-- One row of it as the rules see it. `expected_discount` is exact: stars are whole, and what a percentage leaves to pay is
-- rounded up, so the discount is rounded down. The terms are those of the snapshot taken when the code was accepted, where
-- it can be read; else those of the campaign. It is null where nothing says what was promised.
pair AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.promo_code_id, l.applied_promo_code_id) AS campaign_id,
           coalesce(l.redemption_user_id, l.purchase_user_id) AS user_id,
           CASE
               -- beyond any price, and beyond what can be multiplied by a hundred
               WHEN (l.base_stars_amount BETWEEN 0 AND 90000000000000000) IS NOT TRUE THEN NULL
               ELSE coalesce(
                   CASE coalesce(l.validation_snapshot ->> 'discount_type',
                                 CASE WHEN l.validation_snapshot ? 'discount_type' THEN 'PERCENT' ELSE l.discount_type END)
                       WHEN 'FREE' THEN CASE WHEN l.validation_snapshot ? 'discount_type' THEN l.base_stars_amount::bigint END
                       WHEN 'PERCENT' THEN CASE WHEN ltrim(l.validation_snapshot ->> 'discount_value', '0123456789') = ''
                           AND length(l.validation_snapshot ->> 'discount_value') BETWEEN 1 AND 12
                           THEN l.base_stars_amount * least((l.validation_snapshot ->> 'discount_value')::bigint, 100) / 100 END
                       WHEN 'FIXED' THEN CASE WHEN ltrim(l.validation_snapshot ->> 'discount_value', '0123456789') = ''
                           AND length(l.validation_snapshot ->> 'discount_value') BETWEEN 1 AND 12
                           THEN least(l.base_stars_amount, (l.validation_snapshot ->> 'discount_value')::bigint) END
                   END,
                   CASE l.discount_type
                       WHEN 'FREE' THEN CASE WHEN l.promo_type <> 'PREMIUM_GRANT' THEN l.base_stars_amount::bigint END
                       WHEN 'PERCENT' THEN l.base_stars_amount * least(greatest(l.discount_value, 0), 100) / 100
                       WHEN 'FIXED' THEN least(l.base_stars_amount, greatest(l.discount_value, 0))
                   END)
           END AS expected_discount
    FROM link AS l
    WHERE $5 IS NULL OR l.promo_code_id = $5 OR l.applied_promo_code_id = $5
)
