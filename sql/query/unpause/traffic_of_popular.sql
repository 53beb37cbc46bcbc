-- The latest attempt from $2 to $1 on any of the fifty most used codes that are ACTIVE: found by the index that every application
-- has, while the latest of all may take a scan of all attempts.
SELECT max(a.attempted_at)::timestamptz
FROM promo_guard.attempts AS a
WHERE a.code_hash = ANY (ARRAY(
        SELECT c.code_hash
        FROM promo_guard.campaigns AS c
        WHERE c.status = 'ACTIVE' AND c.code_hash IS NOT NULL
        ORDER BY c.used_total DESC NULLS LAST
        LIMIT 50))
  AND a.attempted_at <= $1 AND a.attempted_at >= $2
