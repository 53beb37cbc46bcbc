-- The codes of the campaigns of name $1: id and status, in the order of their ids.
SELECT c.id::bigint, c.status::text
FROM promo_guard.campaigns AS c
WHERE c.campaign_name = $1
ORDER BY 1
