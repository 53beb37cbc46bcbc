-- The redemptions of the spans from $1 to $2, in one pass: those of each campaign and day, of each campaign and half hour with $3 or
-- more, and of each half hour by the time it took until they were bought with (the first of $4, in minutes, that is not shorter).
SELECT r.campaign, coalesce(r.day, r.half), r.day IS NOT NULL, r.delay, r.n, r.bought
FROM (
    SELECT r.promo_code_id::bigint AS campaign,
           CASE WHEN GROUPING(x.day) = 0 THEN x.day END AS day,
           CASE WHEN GROUPING(x.half) = 0 THEN x.half END AS half,
           CASE WHEN GROUPING(x.delay) = 0 THEN x.delay END AS delay,
           count(*) AS n,
           count(x.delay) AS bought
    FROM unnest($1::timestamptz[], $2::timestamptz[]) AS p (since, until)
    JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at < p.until
    CROSS JOIN LATERAL (
        SELECT date_bin('1 day', r.created_at::timestamptz, '2000-01-01 00:00:00Z') AS day,
               date_bin('30 minutes', r.created_at::timestamptz, '2000-01-01 00:00:00Z') AS half,
               CASE WHEN r.status = 'APPLIED' OR r.applied_at IS NOT NULL THEN
                   width_bucket(
                       (extract(epoch FROM coalesce(r.applied_at, r.updated_at, r.created_at)::timestamptz - r.created_at::timestamptz) / 60)::float8 - 1e-9,
                       $4::float8[])
               END AS delay
    ) AS x
    WHERE r.promo_code_id IS NOT NULL
    GROUP BY GROUPING SETS ((r.promo_code_id, x.day), (r.promo_code_id, x.half), (x.half, x.delay))
    HAVING GROUPING(x.day) = 0 OR GROUPING(r.promo_code_id) = 1 OR count(*) >= $3
) AS r
ORDER BY 2, 1, 4
