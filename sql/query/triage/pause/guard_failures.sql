-- User ids are as the application has them: its job knows no policy.
-- The failures that the auto-pause rule counts ($4) on the codes of campaigns $1, each after its $2 and up to its $3: the last $5 of
-- each, newest first.
SELECT p.id, f.at, f.user_id
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS p (id, since, until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS at, a.user_id::bigint AS user_id
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at > p.since AND a.attempted_at <= p.until AND a.result::text = ANY ($4)
    ORDER BY a.attempted_at DESC
    LIMIT $5
) AS f
