-- The campaigns of number $1 whose key is one of $2.
SELECT c.id::bigint, c.campaign_name::text, c.code_prefix::text, c.status::text, 'key'
FROM promo_guard.campaigns AS c
WHERE c.id = $1 AND c.key::text = $2
