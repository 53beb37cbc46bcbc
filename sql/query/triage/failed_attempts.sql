-- failed_attempts: $1 and $2 the window, $3 the results that count as failures, $4 how many rows (null: all).
SELECT f.code_hash::text, c.id::bigint, f.result, f.attempts, f.users, f.first_seen::timestamptz, f.last_seen::timestamptz,
       f.accepted
FROM (
    SELECT a.code_hash,
           a.result::text AS result,
           count(*) AS attempts,
           count(DISTINCT a.user_id) AS users,
           min(a.attempted_at) AS first_seen,
           max(a.attempted_at) AS last_seen,
           coalesce(sum(count(*)) FILTER (WHERE a.result::text = 'ACCEPTED') OVER (PARTITION BY a.code_hash), 0)::bigint AS accepted
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at >= $1 AND a.attempted_at <= $2 AND (a.result::text = ANY ($3) OR a.result::text = 'ACCEPTED')
    GROUP BY a.code_hash, a.result::text
) AS f
LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = f.code_hash
WHERE f.result = ANY ($3)
ORDER BY f.attempts DESC, f.last_seen DESC, f.code_hash, f.result
LIMIT $4
