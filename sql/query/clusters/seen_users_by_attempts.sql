-- The same where redemptions do not tell their user: by the attempts from $3 on.
SELECT DISTINCT a.user_id::bigint
FROM promo_guard.attempts AS a
WHERE a.user_id = ANY ($1) AND a.attempted_at < $2 AND a.attempted_at >= $3 AND a.result::text = 'ACCEPTED'
