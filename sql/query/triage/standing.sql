-- Campaigns that are PAUSED, and those that were made or edited since $1; one without the time of its last edit counts as edited.
SELECT c.id::bigint, rtrim(c.status::text), coalesce(c.status = 'PAUSED', false), c.created_at::timestamptz, c.updated_at::timestamptz, c.campaign_name::text
FROM promo_guard.campaigns AS c
WHERE c.status = 'PAUSED' OR c.updated_at >= $1 OR c.created_at >= $1 OR c.updated_at IS NULL
