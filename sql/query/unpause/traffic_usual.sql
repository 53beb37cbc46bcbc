-- What came in the 7 days before the latest attempt $1: how many attempts; how many of them at those times of the day at which
-- it is silent now (from $1 to $2, $3 seconds); and when the first was.
SELECT count(*),
       count(*) FILTER (WHERE extract(epoch FROM $2 - a.attempted_at::timestamptz)::bigint % 86400 < $3),
       min(a.attempted_at)::timestamptz
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $1 - '7 days'::interval
