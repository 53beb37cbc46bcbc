-- Of the users of the codes of campaigns $1 in the three days before $2 (one of each a campaign), the latest 300 attempts: users
-- who came through programs, and all.
SELECT p.place - 1, count(DISTINCT a.user_id) FILTER (WHERE a.api), count(DISTINCT a.user_id)
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT :user(a) AS user_id, a.source = 'API' AS api
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at < p.since AND a.attempted_at >= p.since - interval '3 days'
      AND a.source IS NOT NULL
    ORDER BY a.attempted_at DESC
    LIMIT 300
) AS a
GROUP BY p.place
