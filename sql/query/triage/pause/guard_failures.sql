-- User ids are as the application has them: its job knows no policy.
-- The failures that the auto-pause rule counts ($4) on the codes of campaigns $1, each after its $2 and up to its $3: the last $5 of
-- each, newest first.
SELECT f.id, f.at, f.user_id
FROM (
    SELECT p.id, a.attempted_at::timestamptz AS at, a.user_id::bigint AS user_id,
           row_number() OVER (PARTITION BY p.id ORDER BY a.attempted_at DESC) AS nth
    FROM (
        SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until
    ) AS p
    JOIN promo_guard.campaigns AS c ON c.id = p.id
    JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at > p.since AND a.attempted_at <= p.until
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
      AND a.result::text = ANY ($4)
) AS f
WHERE f.nth <= $5
ORDER BY f.id, f.nth
