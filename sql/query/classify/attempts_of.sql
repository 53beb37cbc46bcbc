-- The attempts on the codes of campaigns $1, each from its $2 to its $3; in order of campaign.
SELECT p.id, a.user_id::bigint, a.result::text, a.attempted_at::timestamptz
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS p (id, since, until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
ORDER BY p.id
