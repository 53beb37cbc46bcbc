-- How many failures ($4) a campaign's ($1) code had in a window ($2, $3).
SELECT count(*)
FROM promo_guard.campaigns AS c
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash
WHERE c.id = $1 AND a.attempted_at >= $2 AND a.attempted_at <= $3 AND a.result::text = ANY ($4)
