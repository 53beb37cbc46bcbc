-- Id and key of campaigns $1.
SELECT c.id::bigint, c.key::text
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1)
