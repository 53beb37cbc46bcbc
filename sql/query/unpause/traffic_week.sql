-- How many attempts came in the 7 days before the latest attempt $1.
SELECT count(*)
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $1 - '7 days'::interval
