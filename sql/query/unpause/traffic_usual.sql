-- What came in the 7 days before the latest attempt $1, at those times of the day at which it is silent now (until $2): how many
-- attempts, and when the first of all was. Asked span by span, so that an index on the time needs to look at no other. $3: 7 days
-- before $1.
SELECT a.attempts, f.first
FROM (
    SELECT count(*) AS attempts
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at <= $1 AND a.attempted_at >= $3
      AND ((a.attempted_at > $1 - '24 hours'::interval AND a.attempted_at <= least($1, $2 - '24 hours'::interval))
        OR (a.attempted_at > $1 - '48 hours'::interval AND a.attempted_at <= $2 - '48 hours'::interval)
        OR (a.attempted_at > $1 - '72 hours'::interval AND a.attempted_at <= $2 - '72 hours'::interval)
        OR (a.attempted_at > $1 - '96 hours'::interval AND a.attempted_at <= $2 - '96 hours'::interval)
        OR (a.attempted_at > $1 - '120 hours'::interval AND a.attempted_at <= $2 - '120 hours'::interval)
        OR (a.attempted_at > $1 - '144 hours'::interval AND a.attempted_at <= $2 - '144 hours'::interval)
        OR (a.attempted_at > $1 - '168 hours'::interval AND a.attempted_at <= $2 - '168 hours'::interval))
) AS a
CROSS JOIN (
    SELECT min(f.attempted_at)::timestamptz AS first
    FROM promo_guard.attempts AS f
    WHERE f.attempted_at <= $1 AND f.attempted_at >= $3
) AS f
