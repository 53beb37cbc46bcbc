-- Every row of the window that has to do with campaign $5, on its own side or on the other, found by the indexes that
-- applications have. Materialised, and so is what is built upon it: few rows are, and a statement in which every rule's
-- expressions stand once for each part of a union takes longer to plan than to run.
doubtful_redemption AS MATERIALIZED (
    SELECT r.* FROM redemption AS r WHERE r.in_window AND r.promo_code_id = $5
    UNION ALL
    SELECT r.*
    FROM promo_guard.purchases AS p
    JOIN redemption AS r ON r.applied_purchase_id = p.id
    WHERE r.in_window AND p.applied_promo_code_id = $5 AND r.promo_code_id IS DISTINCT FROM $5
),
doubtful_purchase AS MATERIALIZED (
    SELECT p.* FROM purchase AS p WHERE p.in_window AND p.applied_promo_code_id = $5
    UNION ALL
    SELECT p.*
    FROM promo_guard.redemptions AS r
    JOIN purchase AS p ON p.id = r.applied_purchase_id
    WHERE p.in_window AND r.promo_code_id = $5 AND p.applied_promo_code_id IS DISTINCT FROM $5
)
