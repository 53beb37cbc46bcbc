-- How many attempts came in the 7 days before the latest attempt $1, and when the first of them was.
SELECT count(*), min(a.attempted_at)::timestamptz
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $1 - '7 days'::interval
