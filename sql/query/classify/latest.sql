-- The $3 latest attempts of anybody on anything up to $1, not before $2, newest first: when they were made, and of the
-- successes since $4 the campaign and the user.
SELECT a.attempted_at::timestamptz, c.id::bigint, a.user_id::bigint
FROM (
    SELECT a.attempted_at, a.user_id, a.code_hash, a.result
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at <= $1 AND a.attempted_at >= $2
    ORDER BY a.attempted_at DESC
    LIMIT $3
) AS a
LEFT JOIN promo_guard.campaigns AS c
  ON c.code_hash = a.code_hash AND a.result = 'ACCEPTED' AND a.user_id IS NOT NULL AND a.attempted_at >= $4
ORDER BY a.attempted_at DESC
