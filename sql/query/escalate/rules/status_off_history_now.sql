-- The status of campaigns $1, and when their rows were edited last.
SELECT c.id::bigint, rtrim(c.status::text), c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1)
