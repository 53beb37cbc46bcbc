-- What came in the 7 days before the latest attempt $1, at those times of the day at which it is silent now (until $2): how many
-- attempts on each day that had any, and in a row of its own when the first of all was. Asked span by span, so that an index on
-- the time needs to look at no other.
SELECT NULL::bigint, min(f.attempted_at)::timestamptz
FROM promo_guard.attempts AS f
WHERE f.attempted_at <= $1 AND f.attempted_at >= $1 - '7 days'::interval
UNION ALL
SELECT count(*), NULL
FROM promo_guard.attempts AS a
WHERE (a.attempted_at > $1 - '1 day'::interval AND a.attempted_at <= least($1, $2 - '1 day'::interval))
   OR (a.attempted_at > $1 - '2 days'::interval AND a.attempted_at <= $2 - '2 days'::interval)
   OR (a.attempted_at > $1 - '3 days'::interval AND a.attempted_at <= $2 - '3 days'::interval)
   OR (a.attempted_at > $1 - '4 days'::interval AND a.attempted_at <= $2 - '4 days'::interval)
   OR (a.attempted_at > $1 - '5 days'::interval AND a.attempted_at <= $2 - '5 days'::interval)
   OR (a.attempted_at > $1 - '6 days'::interval AND a.attempted_at <= $2 - '6 days'::interval)
   OR (a.attempted_at > $1 - '7 days'::interval AND a.attempted_at <= $2 - '7 days'::interval)
GROUP BY floor(extract(epoch FROM $1 - a.attempted_at) / 86400)
