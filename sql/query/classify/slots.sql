-- The redemptions of the spans from $1 to $2, by half hour and by the time it took until they were bought with: the first of $3, in
-- minutes, that is not shorter.
SELECT r.half, r.delay, count(*), count(r.delay)
FROM (
    SELECT date_bin('30 minutes', r.created_at::timestamptz, '2000-01-01 00:00:00Z') AS half,
           CASE WHEN r.status = 'APPLIED' OR r.applied_at IS NOT NULL THEN
               width_bucket(
                   date_part('epoch', coalesce(r.applied_at, r.updated_at, r.created_at)::timestamptz - r.created_at::timestamptz) / 60 - 1e-9,
                   $3::float8[])
           END AS delay
    FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS p
    JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at <= p.until
    WHERE r.promo_code_id IS NOT NULL
) AS r
GROUP BY r.half, r.delay
