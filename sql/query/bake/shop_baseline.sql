-- The same of the shop: of up to 200 other active campaigns, those with the most uses, whose codes the usual index finds; a scan
-- of all attempts would take too long where none begins with the time. $1 the campaign that is not meant, $2 to $3, $4.
SELECT count(*) FILTER (WHERE u.accepted OR u.failed), count(*) FILTER (WHERE u.failed AND NOT u.accepted)
FROM (
    SELECT a.code_hash,
           a.user_id,
           bool_or(a.result::text = 'ACCEPTED') AS accepted,
           bool_or(a.result::text = ANY ($4) AND a.result::text NOT IN ('RATE_LIMITED', 'EXPIRED')
                   AND a.metadata ->> 'reason' IS DISTINCT FROM 'DEPLETED') AS failed
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = ANY (ARRAY(
            SELECT c.code_hash
            FROM promo_guard.campaigns AS c
            WHERE c.status = 'ACTIVE' AND c.id <> $1 AND c.code_hash IS NOT NULL
            ORDER BY c.used_total DESC NULLS LAST, c.id
            LIMIT 200))
      AND a.attempted_at >= $2 AND a.attempted_at <= $3 AND :user(a) IS NOT NULL
    GROUP BY a.code_hash, a.user_id
) AS u
