-- The last success on the codes of campaigns $1, each from its $2 to $3: then it was ACTIVE.
SELECT p.id, t.accepted
FROM unnest($1::bigint[], $2::timestamptz[]) AS p (id, since)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS accepted
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.result = 'ACCEPTED' AND a.attempted_at >= p.since AND a.attempted_at <= $3
    ORDER BY a.attempted_at DESC
    LIMIT 1
) AS t
