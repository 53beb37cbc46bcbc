-- The failures that the auto-pause rule counts ($4) on a campaign's ($1) code, after $2 and up to $3: the last $5 of them,
-- newest first.
SELECT a.attempted_at::timestamptz, a.user_id::bigint
FROM promo_guard.campaigns AS c
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash
WHERE c.id = $1 AND a.attempted_at > $2 AND a.attempted_at <= $3 AND a.result::text = ANY ($4)
ORDER BY a.attempted_at DESC
LIMIT $5
