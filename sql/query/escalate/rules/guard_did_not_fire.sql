-- Campaigns that are ACTIVE with more than $4 failures ($3, the guard's) between $1 and $2, and how many.
SELECT c.id::bigint, f.failures
FROM promo_guard.campaigns AS c
JOIN (
    SELECT a.code_hash, count(*) AS failures
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at > $1 AND a.attempted_at <= $2 AND a.result::text = ANY ($3)
    GROUP BY a.code_hash
    HAVING count(*) > $4
) AS f ON f.code_hash = c.code_hash
WHERE c.status = 'ACTIVE'
