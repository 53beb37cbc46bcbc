-- The reasons noted for NOT_APPLICABLE on the codes of campaigns $1, each from its $2 to its $3, in order of campaign, user and
-- time: one row an attempt, so that each can be put beside its attempt in the window.
SELECT p.place - 1, a.user_id, a.reason
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS p (id, since, until, place)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT :user(a)::bigint AS user_id, a.metadata ->> 'reason' AS reason, a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
      AND a.result = 'NOT_APPLICABLE'
    OFFSET 0
) AS a
ORDER BY p.place, a.user_id NULLS FIRST, a.attempted_at
