promise AS NOT MATERIALIZED (
    SELECT l.* FROM (
:promise
    ) AS l
    WHERE $5 IS NULL OR l.promo_code_id = $5 OR l.applied_promo_code_id = $5
),
-- A row as the rules see it, where a purchase takes one code (policy codes_per_purchase): the discount is what its redemption
-- promised.
pair AS NOT MATERIALIZED (
    SELECT l.*,
           coalesce(l.promo_code_id, l.applied_promo_code_id) AS campaign_id,
           coalesce(l.redemption_user_id, l.purchase_user_id) AS user_id,
           coalesce(l.purchase_id, l.applied_purchase_id) AS shown_purchase_id,
           :own_discount AS expected_discount
    FROM promise AS l
)
