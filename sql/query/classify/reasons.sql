-- The reasons noted for NOT_APPLICABLE on the codes of campaigns $1, each from its $2 to its $3, in order of campaign, user and
-- time: one row an attempt, so that each can be put beside its attempt in the window.
SELECT p.place - 1, :user(a)::bigint, a.metadata ->> 'reason'
FROM (
    SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
           unnest($3::timestamptz[]) AS until
) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
  AND a.result = 'NOT_APPLICABLE'
ORDER BY p.place, :user(a)::bigint NULLS FIRST, a.attempted_at
