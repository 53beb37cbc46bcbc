-- How it went with the codes of campaigns $1 before, each from its $2 to just before its $3: the latest $4 attempts of that
-- time. One row each, numbered as they were given.
SELECT p.place, coalesce(e.attempts, 0), coalesce(e.users, 0), coalesce(e.accepted, 0), e.first, e.last_accepted
FROM (SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id) AS p
LEFT JOIN (
    SELECT r.place,
           count(*) AS attempts,
           count(DISTINCT r.user_id) AS users,
           count(*) FILTER (WHERE r.result = 'ACCEPTED') AS accepted,
           min(r.attempted_at) AS first,
           max(r.attempted_at) FILTER (WHERE r.result = 'ACCEPTED') AS last_accepted
    FROM (
        SELECT s.place, :user(a) AS user_id, a.result::text AS result, a.attempted_at::timestamptz AS attempted_at,
               row_number() OVER (PARTITION BY s.place ORDER BY a.attempted_at DESC) AS nth
        FROM (
            SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
                   unnest($3::timestamptz[]) AS until
        ) AS s
        JOIN promo_guard.campaigns AS c ON c.id = s.id
        JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= s.since AND a.attempted_at < s.until
        WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
    ) AS r
    WHERE r.nth <= $4
    GROUP BY r.place
) AS e ON e.place = p.place
