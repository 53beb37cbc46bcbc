-- Campaigns that are ACTIVE with more failures ($3, the guard's) than the guard allows ($4) between $1 and $2: few, and looked at
-- one by one.
SELECT c.id::bigint
FROM promo_guard.campaigns AS c
JOIN (
    SELECT a.code_hash
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at > $1 AND a.attempted_at <= $2 AND a.result::text = ANY ($3)
    GROUP BY a.code_hash
    HAVING count(*) > $4
) AS f ON f.code_hash = c.code_hash
WHERE c.status = 'ACTIVE'
ORDER BY c.id
