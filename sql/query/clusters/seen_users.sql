-- Of the users $1 those who had any code accepted before $2, so that they are customers. Attempts alone do not count: an attack
-- that has gone on for hours would make customers of its accounts. Each success leaves a redemption.
SELECT DISTINCT r.user_id::bigint
FROM promo_guard.redemptions AS r
WHERE r.user_id = ANY ($1) AND r.created_at < $2
