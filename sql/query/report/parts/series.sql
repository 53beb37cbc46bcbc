-- Attempts by result and users failing and recovered, by time: $1 and $2 the window, $3 the results that are failures, $4 the
-- microseconds within which a user recovers, $5 the length of a bucket in microseconds, $6 their number. The empty ones too.
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'start', $1::timestamptz + g.n * $5::bigint * interval '1 microsecond',
           'attempts', coalesce(s.attempts, 0),
           'accepted', coalesce(s.accepted, 0),
           'invalid', coalesce(s.invalid, 0),
           'expired', coalesce(s.expired, 0),
           'not_applicable', coalesce(s.not_applicable, 0),
           'rate_limited', coalesce(s.rate_limited, 0),
           'other', coalesce(s.attempts - s.accepted - s.invalid - s.expired - s.not_applicable - s.rate_limited, 0),
           'failing_users', coalesce(s.failing_users, 0),
           'recovered_users', coalesce(s.recovered_users, 0)) ORDER BY g.n), '[]')
FROM generate_series(0, $6::bigint - 1) AS g (n)
LEFT JOIN (
    SELECT least(floor(extract(epoch FROM a.at - $1::timestamptz) * 1000000 / $5::bigint)::bigint, $6::bigint - 1) AS n,
           count(*) AS attempts,
           count(*) FILTER (WHERE a.result = 'ACCEPTED') AS accepted,
           count(*) FILTER (WHERE a.result = 'INVALID') AS invalid,
           count(*) FILTER (WHERE a.result = 'EXPIRED') AS expired,
           count(*) FILTER (WHERE a.result = 'NOT_APPLICABLE') AS not_applicable,
           count(*) FILTER (WHERE a.result = 'RATE_LIMITED') AS rate_limited,
           count(DISTINCT a.user_id) FILTER (WHERE a.failed) AS failing_users,
           count(DISTINCT a.user_id) FILTER (
               WHERE a.result = 'ACCEPTED' AND a.last_failure >= a.at - $4::bigint * interval '1 microsecond') AS recovered_users
    FROM (
        SELECT :user(t)::bigint AS user_id,
               t.result::text AS result,
               t.attempted_at::timestamptz AS at,
               t.result::text = ANY ($3) AS failed,
               max(CASE WHEN t.result::text = ANY ($3) THEN t.attempted_at::timestamptz END)
                   OVER (PARTITION BY :user(t) ORDER BY t.attempted_at ROWS UNBOUNDED PRECEDING) AS last_failure
        FROM promo_guard.attempts AS t
        WHERE t.attempted_at >= $1 AND t.attempted_at <= $2
    ) AS a
    GROUP BY 1
) AS s ON s.n = g.n
