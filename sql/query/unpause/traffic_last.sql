-- The latest attempt of anybody on anything from $2 to $1.
SELECT max(a.attempted_at)::timestamptz FROM promo_guard.attempts AS a WHERE a.attempted_at <= $1 AND a.attempted_at >= $2
