promise AS NOT MATERIALIZED (
    SELECT l.* FROM (
:promise
    ) AS l
    WHERE $5 IS NULL OR l.promo_code_id = $5 OR l.applied_promo_code_id = $5
),
-- Every redemption that counts of the purchases in question, in the window or not.
redeemed AS NOT MATERIALIZED (
    SELECT r.id AS redemption_id, r.promo_code_id, r.applied_purchase_id, r.validation_snapshot, p.base_stars_amount,
           :currency AS currency, c.promo_type, c.discount_type, c.discount_value, c.discount_text, c.discount_currency
    FROM redemption AS r
    JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
    WHERE r.applied_purchase_id IN (SELECT l.purchase_id FROM promise AS l)
      AND r.status NOT IN ('EXPIRED', 'REJECTED') AND (r.status <> 'REVOKED' OR r.applied_at IS NOT NULL)
),
-- What the redemptions of one purchase promised together, each of the price before discounts: unknown where one is unknown.
together AS MATERIALIZED (
    SELECT d.applied_purchase_id AS purchase_id,
           CASE WHEN bool_and(d.discount IS NOT NULL) THEN least(sum(d.discount), max(d.base_stars_amount))::bigint END AS discount,
           array_agg(d.promo_code_id::bigint) AS campaigns,
           min(d.redemption_id::text COLLATE "C") AS first_redemption
    FROM (
        SELECT l.*,
               CASE WHEN l.promo_type = 'PREMIUM_GRANT' AND NOT coalesce(l.validation_snapshot ? 'discount_type', false) THEN 0
                    ELSE :own_discount END AS discount
        FROM (
:redeemed
        ) AS l
    ) AS d
    GROUP BY d.applied_purchase_id
),
-- A row as the rules see it, where the discounts of several codes add up (policy codes_per_purchase).
pair AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.promo_code_id, l.applied_promo_code_id) AS campaign_id,
           coalesce(l.redemption_user_id, l.purchase_user_id) AS user_id,
           coalesce(l.purchase_id, l.applied_purchase_id) AS shown_purchase_id,
           CASE WHEN k.purchase_id IS NOT NULL THEN k.discount ELSE :own_discount END AS expected_discount,
           :own_discount AS own_discount, k.campaigns, k.first_redemption
    FROM promise AS l
    LEFT JOIN together AS k ON k.purchase_id = l.purchase_id
)
