-- paused_campaigns: all that are paused, those edited last first. $1 = only those edited since (null: all): a campaign
-- cannot have been paused after its last edit.
SELECT c.id::bigint, c.campaign_name::text, c.code_prefix::text, c.status::text, c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.status = 'PAUSED' AND ($1::timestamptz IS NULL OR c.updated_at >= $1)
ORDER BY c.updated_at DESC NULLS LAST, c.id
