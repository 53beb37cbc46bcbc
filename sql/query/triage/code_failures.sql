-- How many failures ($4) the codes of campaigns $1 had in a window ($2, $3).
SELECT p.id, f.failures
FROM unnest($1::bigint[]) AS p (id)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT count(*) AS failures
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= $2 AND a.attempted_at <= $3 AND a.result::text = ANY ($4)
) AS f
