-- Campaigns made or edited in the window.
SELECT c.id::bigint
FROM promo_guard.campaigns AS c
WHERE (c.created_at >= $1 AND c.created_at <= $2) OR (c.updated_at >= $1 AND c.updated_at <= $2)
