-- The last success on the code of campaign $1 between $2 and $3, and the first EXPIRED after it: in between lies the pause.
SELECT t.accepted, e.expired
FROM promo_guard.campaigns AS c
LEFT JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS accepted
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.result = 'ACCEPTED' AND a.attempted_at >= $2 AND a.attempted_at <= $3
    ORDER BY a.attempted_at DESC
    LIMIT 1
) AS t ON true
LEFT JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS expired
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.result = 'EXPIRED' AND a.attempted_at >= coalesce(t.accepted, $2)
      AND a.attempted_at <= $3
    ORDER BY a.attempted_at
    LIMIT 1
) AS e ON true
WHERE c.id = $1
