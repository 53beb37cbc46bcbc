-- Of these campaigns ($1), those whose code had more failures of the kinds that the auto-pause rule counts ($4) than it
-- takes ($5), after $2 and up to $3 (one of each a campaign). Counting stops there, and begins with the latest: before a pause most failures are.
SELECT p.id
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS p (id, since, until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT count(*) AS failures
    FROM (
        SELECT
        FROM promo_guard.attempts AS a
        WHERE a.code_hash = c.code_hash AND a.attempted_at > p.since AND a.attempted_at <= p.until
          AND a.result::text = ANY ($4)
        ORDER BY a.attempted_at DESC
        LIMIT $5 + 1
    ) AS f
) AS f
WHERE f.failures > $5
