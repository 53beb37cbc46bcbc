-- The latest attempt up to $1 on any of the fifty most used codes that are ACTIVE: found by the index that every application
-- has, while the latest of all may take a scan of all attempts.
SELECT max(l.at)
FROM (
    SELECT c.code_hash
    FROM promo_guard.campaigns AS c
    WHERE c.status = 'ACTIVE' AND c.code_hash IS NOT NULL
    ORDER BY c.used_total DESC NULLS LAST
    LIMIT 50
) AS c
CROSS JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at <= $1
    ORDER BY a.attempted_at DESC
    LIMIT 1
) AS l
