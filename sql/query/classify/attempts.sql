-- The attempts on the codes of campaigns $1, each from its $2 to its $3, in order of campaign and time; of more than $4 the
-- latest. `:client` is the client as a number, or null where the application has none.
SELECT t.place - 1, t.user_id, t.result, t.reason, t.attempted_at, t.client
FROM (
    SELECT p.place, :user(a)::bigint AS user_id, a.result::text AS result, a.metadata ->> 'reason' AS reason,
           a.attempted_at::timestamptz AS attempted_at, :client AS client,
           row_number() OVER (PARTITION BY p.place ORDER BY a.attempted_at DESC) AS nth
    FROM (
        SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
               unnest($3::timestamptz[]) AS until
    ) AS p
    JOIN promo_guard.campaigns AS c ON c.id = p.id
    JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
) AS t
WHERE t.nth <= $4
ORDER BY t.place, t.attempted_at
