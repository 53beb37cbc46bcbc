-- Successes outside the validity of campaigns $1 as it stands today, up to $2: from valid_until on, and in the year before
-- valid_from. Counting stops at 20.
SELECT c.id::bigint, after.n, before.n
FROM promo_guard.campaigns AS c
CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (
        SELECT
        FROM promo_guard.attempts AS a
        WHERE a.code_hash = c.code_hash AND a.attempted_at >= c.valid_until AND a.attempted_at <= $2
          AND a.result = 'ACCEPTED'
        LIMIT 20
    ) AS a
) AS after
CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (
        SELECT
        FROM promo_guard.attempts AS a
        WHERE a.code_hash = c.code_hash AND a.attempted_at < c.valid_from AND a.attempted_at <= $2
          AND a.attempted_at >= c.valid_from - interval '1 year' AND a.result = 'ACCEPTED'
        LIMIT 20
    ) AS a
) AS before
WHERE c.id = ANY ($1)
