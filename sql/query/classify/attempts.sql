-- The attempts from $1 to $2.
SELECT a.code_hash::text, a.user_id::bigint, a.result::text, a.attempted_at::timestamptz
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
