-- The redemptions of the spans from $1 to $2 with campaigns that have $3 or more of them: those of each day, and of each half hour
-- with $3 or more.
WITH by_half AS (
    SELECT r.promo_code_id::bigint AS campaign, date_bin('30 minutes', r.created_at::timestamptz, '2000-01-01 00:00:00Z') AS half,
           count(*) AS n, count(*) FILTER (WHERE r.status = 'APPLIED' OR r.applied_at IS NOT NULL) AS bought
    FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS p
    JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at <= p.until
    WHERE r.promo_code_id IN (
        SELECT f.promo_code_id
        FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS p
        JOIN promo_guard.redemptions AS f ON f.created_at >= p.since AND f.created_at <= p.until
        GROUP BY f.promo_code_id
        HAVING count(*) >= $3
    )
    GROUP BY 1, 2
)
SELECT h.campaign, date_bin('1 day', h.half, '2000-01-01 00:00:00Z'), true, sum(h.n)::bigint, sum(h.bought)::bigint
FROM by_half AS h
GROUP BY 1, 2
UNION ALL
SELECT h.campaign, h.half, false, h.n, h.bought
FROM by_half AS h
WHERE h.n >= $3
ORDER BY 2, 1
