-- Campaigns with $1 in their name, at most $2 (null: all). Case does not matter. Those that have it as their whole name come first.
SELECT c.id::bigint, c.campaign_name::text, c.code_prefix::text, c.status::text,
       CASE WHEN c.campaign_name::text = $1 THEN 'name' ELSE 'part' END
FROM promo_guard.campaigns AS c
WHERE position(lower($1) IN lower(c.campaign_name::text)) > 0
ORDER BY c.campaign_name::text <> $1, c.status::text <> 'PAUSED', c.campaign_name::text, c.id
LIMIT $2
