-- The status of every campaign, and when its row was edited last.
SELECT c.id::bigint, rtrim(c.status::text), c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
