-- The redemptions of the spans from $1 to $2: those of each half hour by the time it took until they were bought with (the first of $4,
-- in minutes, that is not shorter), and of the campaigns with $3 or more those of each day and of each half hour with $3 or more.
WITH redeemed AS (
    SELECT r.promo_code_id::bigint AS campaign, date_bin('30 minutes', r.created_at::timestamptz, '2000-01-01 00:00:00Z') AS half,
           CASE WHEN r.status = 'APPLIED' OR r.applied_at IS NOT NULL THEN
               width_bucket(
                   (extract(epoch FROM coalesce(r.applied_at, r.updated_at, r.created_at)::timestamptz - r.created_at::timestamptz) / 60)::float8 - 1e-9,
                   $4::float8[])
           END AS delay
    FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS p
    JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at < p.until
    WHERE r.promo_code_id IS NOT NULL
), by_half AS (
    SELECT r.campaign, r.half, count(*) AS n, count(r.delay) AS bought
    FROM redeemed AS r
    WHERE r.campaign IN (SELECT f.campaign FROM redeemed AS f GROUP BY 1 HAVING count(*) >= $3)
    GROUP BY 1, 2
)
SELECT NULL::bigint, r.half, false, r.delay, count(*) AS n, count(r.delay) AS bought
FROM redeemed AS r
GROUP BY r.half, r.delay
UNION ALL
SELECT h.campaign, date_bin('1 day', h.half, '2000-01-01 00:00:00Z'), true, NULL, sum(h.n)::bigint, sum(h.bought)::bigint
FROM by_half AS h
GROUP BY 1, 2
UNION ALL
SELECT h.campaign, h.half, false, NULL, h.n, h.bought
FROM by_half AS h
WHERE h.n >= $3
ORDER BY 2, 1, 4
