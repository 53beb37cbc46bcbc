-- The names of campaigns ($1).
SELECT coalesce(jsonb_object_agg(c.id::text, c.campaign_name) FILTER (WHERE c.campaign_name IS NOT NULL), '{}')
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1)
