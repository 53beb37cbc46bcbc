-- Of the users of the codes of campaigns $1, each from its $2 to its $3, the latest 300 attempts: users who came through programs,
-- and all.
SELECT t.place - 1, count(DISTINCT t.user_id) FILTER (WHERE t.api), count(DISTINCT t.user_id)
FROM (
    SELECT p.place, :user(a) AS user_id, a.source = 'API' AS api,
           row_number() OVER (PARTITION BY p.place ORDER BY a.attempted_at DESC) AS nth
    FROM (
        SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
               unnest($3::timestamptz[]) AS until
    ) AS p
    JOIN promo_guard.campaigns AS c ON c.id = p.id
    JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
      AND a.source IS NOT NULL
) AS t
WHERE t.nth <= 300
GROUP BY t.place
