-- Campaigns touched in the window: one of their redemptions falls into it, or they were made or edited in it. $5 only this one.
SELECT r.promo_code_id::bigint FROM redemption AS r
WHERE r.in_window AND r.promo_code_id IS NOT NULL AND ($5 IS NULL OR r.promo_code_id = $5)
UNION
SELECT c.id::bigint
FROM promo_guard.campaigns AS c
WHERE ((c.created_at >= $1 AND c.created_at <= $2) OR (c.updated_at >= $1 AND c.updated_at <= $2))
  AND ($5 IS NULL OR c.id = $5)
