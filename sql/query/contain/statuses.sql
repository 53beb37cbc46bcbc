-- Those of campaigns $1 that have the status $2.
SELECT c.id::bigint
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1) AND c.status = $2
