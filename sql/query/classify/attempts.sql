-- The attempts on the codes of campaigns $1, each from its $2 to its $3, in order of campaign and time; of more than $4 the
-- latest. `:client` is the client as a number, or null where the application has none. OFFSET 0 keeps the planner from reading a code's whole past and sorting out its span afterwards.
SELECT p.place - 1, a.user_id, a.result, a.reason, a.attempted_at, a.client
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS p (id, since, until, place)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT :user(a)::bigint AS user_id, a.result::text AS result, a.metadata ->> 'reason' AS reason,
           a.attempted_at::timestamptz AS attempted_at, :client AS client
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
    ORDER BY a.attempted_at DESC
    LIMIT $4
    OFFSET 0
) AS a
ORDER BY p.place, a.attempted_at
