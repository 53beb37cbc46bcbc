-- The purchases of the spans from $1 to $2, with or without a code, by half hour.
SELECT date_bin('30 minutes', p.created_at::timestamptz, '2000-01-01 00:00:00Z') AS half, count(*)
FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS s
JOIN promo_guard.purchases AS p ON p.created_at >= s.since AND p.created_at <= s.until
GROUP BY half
ORDER BY half
