-- Users in a window ($1, $2): who failed ($3: results), who of them was accepted within $4 microseconds of a failure, and who of
-- them is suspected ($5). Attempts of nobody are counted apart.
SELECT count(*) FILTER (WHERE u.failed),
       count(*) FILTER (WHERE u.failed AND u.recovered),
       count(*) FILTER (WHERE u.failed AND u.suspected),
       count(*) FILTER (WHERE u.failed AND (u.recovered OR u.suspected)),
       coalesce(sum(u.nobodys), 0)::bigint,
       count(*) FILTER (WHERE u.failed AND u.limited_only)
FROM (
    SELECT a.user_id IS NOT NULL AND bool_or(a.failed) AS failed,
           bool_or(a.accepted AND a.last_failure >= a.at - $4::bigint * interval '1 microsecond') AS recovered,
           a.user_id = ANY ($5) AS suspected,
           count(*) FILTER (WHERE a.user_id IS NULL AND a.failed) AS nobodys,
           bool_and(a.result = 'RATE_LIMITED') FILTER (WHERE a.failed) AS limited_only
    FROM (
        SELECT :user(t)::bigint AS user_id,
               t.result::text AS result,
               t.attempted_at::timestamptz AS at,
               t.result::text = ANY ($3) AS failed,
               t.result::text = 'ACCEPTED' AS accepted,
               max(CASE WHEN t.result::text = ANY ($3) THEN t.attempted_at::timestamptz END)
                   OVER (PARTITION BY :user(t) ORDER BY t.attempted_at ROWS UNBOUNDED PRECEDING) AS last_failure
        FROM promo_guard.attempts AS t
        WHERE t.attempted_at >= $1 AND t.attempted_at <= $2
    ) AS a
    GROUP BY a.user_id
) AS u
