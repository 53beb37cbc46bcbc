-- Of the users $1 those who had any code accepted before $2, so that they are customers: one probe each. That they tried is not
-- enough, an attack that has gone on for hours would make customers of those behind it.
SELECT u.id
FROM unnest($1::bigint[]) AS u (id)
CROSS JOIN LATERAL (
    SELECT FROM promo_guard.attempts AS a
    WHERE a.user_id = u.id AND a.attempted_at < $2 AND a.result::text = 'ACCEPTED'
    LIMIT 1
) AS a
