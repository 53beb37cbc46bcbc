-- What was usual on the code of campaign $1 from $2 to $3: users of whom it is known whether they got in, those who did not, and
-- all who tried. $4 the results that are failures; what the limiter turned away says nothing, nor does what came while no use was
-- left, and EXPIRED is the echo of an earlier pause.
SELECT count(*) FILTER (WHERE u.accepted OR u.failed),
       count(*) FILTER (WHERE u.failed AND NOT u.accepted),
       count(*)
FROM (
    SELECT a.user_id,
           bool_or(a.result::text = 'ACCEPTED') AS accepted,
           bool_or(a.result::text = ANY ($4) AND a.result::text NOT IN ('RATE_LIMITED', 'EXPIRED')
                   AND a.metadata ->> 'reason' IS DISTINCT FROM 'DEPLETED') AS failed
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = (SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1)
      AND a.attempted_at >= $2 AND a.attempted_at <= $3 AND :user(a) IS NOT NULL
    GROUP BY a.user_id
) AS u
