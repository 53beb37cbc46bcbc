-- How it went with the codes of campaigns $1 before, each from its $2 to just before its $3: the latest $4 attempts of that
-- time. One row each, numbered as they were given.
SELECT p.place, e.attempts, e.users, e.accepted, e.first, e.last_accepted
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS p (id, since, until, place)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT count(*) AS attempts,
           count(DISTINCT r.user_id) AS users,
           count(*) FILTER (WHERE r.result::text = 'ACCEPTED') AS accepted,
           min(r.attempted_at)::timestamptz AS first,
           (max(r.attempted_at) FILTER (WHERE r.result::text = 'ACCEPTED'))::timestamptz AS last_accepted
    FROM (
        SELECT :user(a) AS user_id, a.result, a.attempted_at
        FROM promo_guard.attempts AS a
        WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at < p.until
        ORDER BY a.attempted_at DESC
        LIMIT $4
    ) AS r
) AS e
