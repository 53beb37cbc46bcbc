-- Users accepted by the codes of campaigns $1, each in the half hour from $2 on, in order.
SELECT p.place - 1, a.user_id
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT DISTINCT :user(a)::bigint AS user_id
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at < p.since + interval '30 minutes'
      AND a.result = 'ACCEPTED' AND :user(a) IS NOT NULL
) AS a
ORDER BY p.place, a.user_id
