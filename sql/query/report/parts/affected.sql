-- Campaigns ($1) with what failed on their codes in a window ($2, $3) with the results in $4.
SELECT c.id::bigint, c.campaign_name::text, c.status::text, coalesce(f.attempts, 0), coalesce(f.users, 0)
FROM promo_guard.campaigns AS c
LEFT JOIN LATERAL (
    SELECT count(*) AS attempts, count(DISTINCT a.user_id) AS users
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= $2 AND a.attempted_at <= $3 AND a.result::text = ANY ($4)
) AS f ON true
WHERE c.id = ANY ($1)
ORDER BY c.id
