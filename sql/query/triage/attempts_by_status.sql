-- For blast_radius: attempts by the status of the code's campaign; $1 and $2 the window, $3 the results that count as failures.
-- By user first: a parallel hash aggregate, where count(DISTINCT …) would sort every row in one process.
SELECT u.status,
       sum(u.attempts)::bigint AS attempts,
       sum(u.failed)::bigint AS failed_attempts,
       count(u.user_id) FILTER (WHERE u.failed > 0) AS failing_users
FROM (
    SELECT CASE WHEN c.id IS NOT NULL THEN coalesce(c.status::text, '(none)') END AS status,
           :user(a) AS user_id,
           count(*) AS attempts,
           count(*) FILTER (WHERE a.result::text = ANY ($3)) AS failed
    FROM promo_guard.attempts AS a
    LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = a.code_hash
    WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
    GROUP BY 1, 2
) AS u
GROUP BY u.status
