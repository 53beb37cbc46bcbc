-- Names and statuses of campaigns $1.
SELECT c.id::bigint, c.campaign_name::text, c.status::text
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1)
