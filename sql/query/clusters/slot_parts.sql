-- Attempts from $1 to $2, times that are apart, numbered as they were given: how many there are, and how many of them were on
-- unknown codes.
SELECT p.place, count(*) AS attempts, count(*) FILTER (WHERE a.result::text = 'INVALID') AS invalid
FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS p (since, until, place)
JOIN promo_guard.attempts AS a ON a.attempted_at >= p.since AND a.attempted_at <= p.until
GROUP BY p.place
