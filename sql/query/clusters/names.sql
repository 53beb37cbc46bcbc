-- The names of campaigns ($1), those that have one.
SELECT c.id::bigint, c.campaign_name::text
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1) AND c.campaign_name IS NOT NULL
