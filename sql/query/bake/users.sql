-- Who tried the code of campaign $1 after $2 and up to $3, by user and look: $4 microseconds a look, $5 looks at most, $6 the
-- results that are failures. Known are those who had tried it since $7 already; served are those of them who got in.
-- What the limiter turns away says nothing of the code (trap 6), nor does what came while its uses were all taken: a code that
-- runs out is neither abused nor wrong. The latter are counted.
WITH code AS (
    SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1
)
SELECT w.user_id::bigint, w.look, w.accepted, w.failed, w.attempts, w.failures, e.user_id IS NOT NULL AS known,
       coalesce(e.served, false) AS served, w.nothing_left
FROM (
    SELECT :user(a) AS user_id,
           least(((extract(epoch FROM a.attempted_at::timestamptz - $2) * 1000000)::bigint - 1) / $4::bigint + 1, $5::bigint) AS look,
           bool_or(a.result::text = 'ACCEPTED') AS accepted,
           bool_or(a.result::text = ANY ($6) AND a.result::text <> 'RATE_LIMITED'
                   AND a.metadata ->> 'reason' IS DISTINCT FROM 'DEPLETED') AS failed,
           count(*) AS attempts,
           count(*) FILTER (WHERE a.result::text = ANY ($6)) AS failures,
           count(*) FILTER (WHERE a.result::text = ANY ($6) AND a.metadata ->> 'reason' = 'DEPLETED') AS nothing_left
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = (SELECT code.code_hash FROM code) AND a.attempted_at > $2 AND a.attempted_at <= $3
    GROUP BY 1, 2
) AS w
LEFT JOIN (
    SELECT :user(a) AS user_id, bool_or(a.result::text = 'ACCEPTED') AS served
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = (SELECT code.code_hash FROM code) AND a.attempted_at >= $7 AND a.attempted_at <= $2
      AND :user(a) IS NOT NULL
    GROUP BY 1
) AS e ON e.user_id = w.user_id
ORDER BY w.user_id, w.look
