-- The campaign of id $1.
SELECT c.id::bigint, c.campaign_name::text, c.code_prefix::text, c.status::text, 'id'
FROM promo_guard.campaigns AS c
WHERE c.id = $1
