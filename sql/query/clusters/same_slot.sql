-- Attempts by result in the windows from $1 to $2, numbered as they were given, in order of that number.
SELECT p.place, a.result::text, count(*)
FROM (
    SELECT generate_subscripts($1::timestamptz[], 1)::bigint AS place, unnest($1::timestamptz[]) AS since,
           unnest($2::timestamptz[]) AS until
) AS p
JOIN promo_guard.attempts AS a ON a.attempted_at >= p.since AND a.attempted_at <= p.until
WHERE :within(a)
GROUP BY 1, 2
ORDER BY 1
