-- The bake of campaign $1 after $2 and up to $3 in $5 rows of $4 microseconds; $6 the results that are failures.
WITH attempt AS (
    SELECT least(((extract(epoch FROM a.attempted_at::timestamptz - $2) * 1000000)::bigint - 1) / $4::bigint, $5::bigint - 1) AS place,
           a.result::text AS result,
           count(*) AS attempts
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = (SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1)
      AND a.attempted_at > $2 AND a.attempted_at <= $3
    GROUP BY 1, 2
),
redemption AS (
    SELECT least(((extract(epoch FROM coalesce(r.applied_at, r.created_at)::timestamptz - $2) * 1000000)::bigint - 1) / $4::bigint,
                 $5::bigint - 1) AS place,
           count(*) AS applied
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = $1 AND r.status = 'APPLIED'
      AND coalesce(r.applied_at, r.created_at)::timestamptz > $2 AND coalesce(r.applied_at, r.created_at)::timestamptz <= $3
    GROUP BY 1
)
SELECT $2::timestamptz + g.place * ($4::bigint * interval '1 microsecond'),
       coalesce(m.attempts, 0)::bigint,
       coalesce(m.failures, 0)::bigint,
       coalesce(r.applied, 0)::bigint,
       coalesce(m.results, '{}')
FROM generate_series(0, $5::bigint - 1) AS g (place)
LEFT JOIN (
    SELECT a.place,
           sum(a.attempts) AS attempts,
           sum(a.attempts) FILTER (WHERE a.result = ANY ($6)) AS failures,
           jsonb_object_agg(coalesce(a.result, '(none)'), a.attempts ORDER BY a.result) AS results
    FROM attempt AS a
    GROUP BY a.place
) AS m ON m.place = g.place
LEFT JOIN redemption AS r ON r.place = g.place
ORDER BY g.place
