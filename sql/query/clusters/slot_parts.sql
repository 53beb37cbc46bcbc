-- Attempts from $1 to $2, times that are apart, numbered as they were given: how many there are, and how many of them were on
-- unknown codes.
SELECT p.place, count(*) AS attempts, count(*) FILTER (WHERE a.result::text = 'INVALID') AS invalid
FROM (
    SELECT generate_subscripts($1::timestamptz[], 1)::bigint AS place, unnest($1::timestamptz[]) AS since,
           unnest($2::timestamptz[]) AS until
) AS p
JOIN promo_guard.attempts AS a ON a.attempted_at >= p.since AND a.attempted_at <= p.until
WHERE :within(a)
GROUP BY p.place
