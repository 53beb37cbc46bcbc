-- The first $3 attempts of each of the times from $1 to $2, numbered as they were given: how many there are, how many of them were on
-- codes of nobody, and when the last one was.
SELECT p.place, s.attempts, s.invalid, s.last
FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS p (since, until, place)
CROSS JOIN LATERAL (
    SELECT count(*) AS attempts,
           count(*) FILTER (WHERE r.result::text = 'INVALID') AS invalid,
           max(r.attempted_at)::timestamptz AS last
    FROM (
        SELECT a.result, a.attempted_at
        FROM promo_guard.attempts AS a
        WHERE a.attempted_at >= p.since AND a.attempted_at <= p.until
        ORDER BY a.attempted_at
        LIMIT $3
    ) AS r
) AS s
