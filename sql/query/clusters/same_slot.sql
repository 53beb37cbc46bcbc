-- Attempts by result in the windows from $1 to $2, numbered as they were given, in order of that number.
SELECT p.place, s.result, s.attempts
FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS p (since, until, place)
CROSS JOIN LATERAL (
    SELECT a.result::text AS result, count(*) AS attempts
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at >= p.since AND a.attempted_at <= p.until
    GROUP BY 1
) AS s
ORDER BY p.place
