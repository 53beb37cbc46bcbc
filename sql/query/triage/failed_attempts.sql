-- failed_attempts: $1 and $2 the window, $3 the results that count as failures, $4 how many rows (null: all).
WITH by_result AS MATERIALIZED (
    SELECT u.code_hash,
           u.result,
           sum(u.attempts)::bigint AS attempts,
           count(u.user_id) AS users,
           min(u.first_seen) AS first_seen,
           max(u.last_seen) AS last_seen
    FROM (
        -- By user first, which hashes; count(DISTINCT …) would sort every attempt.
        SELECT a.code_hash, a.result::text AS result, :user(a) AS user_id, count(*) AS attempts,
               min(a.attempted_at) AS first_seen, max(a.attempted_at) AS last_seen
        FROM promo_guard.attempts AS a
        WHERE a.attempted_at >= $1 AND a.attempted_at <= $2 AND (a.result::text = ANY ($3) OR a.result::text = 'ACCEPTED')
        GROUP BY 1, 2, 3
    ) AS u
    GROUP BY u.code_hash, u.result
)
SELECT f.code_hash::text, c.id::bigint, f.result, f.attempts, f.users, f.first_seen::timestamptz, f.last_seen::timestamptz,
       coalesce(s.attempts, 0)
FROM by_result AS f
LEFT JOIN by_result AS s ON s.code_hash = f.code_hash AND s.result = 'ACCEPTED'
LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = f.code_hash
WHERE f.result = ANY ($3)
ORDER BY f.attempts DESC, f.last_seen DESC, f.code_hash, f.result
LIMIT $4
