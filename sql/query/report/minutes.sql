-- By the minute, from $1 to $2 each, times that are apart: attempts that were accepted, and those with the results in $3. Each time
-- is grouped for itself: for all of them the planner expects millions of groups, and makes room for them.
SELECT m.at, m.accepted, m.failures
FROM unnest($1::timestamptz[], $2::timestamptz[]) AS s (since, until)
CROSS JOIN LATERAL (
    SELECT date_bin('1 minute', a.attempted_at::timestamptz, '2000-01-01Z') AS at,
           count(*) FILTER (WHERE a.result::text = 'ACCEPTED') AS accepted,
           count(*) FILTER (WHERE a.result::text = ANY ($3)) AS failures
    FROM promo_guard.attempts AS a
    WHERE a.attempted_at >= s.since AND a.attempted_at <= s.until
    GROUP BY 1
) AS m
