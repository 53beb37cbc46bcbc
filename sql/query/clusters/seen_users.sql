-- Of the users $1 those who tried anything before $2: one probe each.
SELECT u.id
FROM unnest($1::bigint[]) AS u (id)
CROSS JOIN LATERAL (
    SELECT FROM promo_guard.attempts AS a WHERE a.user_id = u.id AND a.attempted_at < $2 LIMIT 1
) AS a
