-- How many attempts came from $2 (7 days before) to the latest attempt $1.
SELECT count(*)
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $2
