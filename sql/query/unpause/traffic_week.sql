-- How many attempts came from $2 (7 days before) to the latest attempt $1, and when the first of them was.
SELECT count(*), min(a.attempted_at)::timestamptz
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $2
