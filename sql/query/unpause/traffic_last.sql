-- The latest attempt of anybody on anything up to $1.
SELECT max(a.attempted_at)::timestamptz FROM promo_guard.attempts AS a WHERE a.attempted_at <= $1
