-- The last edits of paused campaigns from $1 to $2, each with its campaign's id and name.
SELECT c.updated_at::timestamptz, c.id::bigint, c.campaign_name::text
FROM promo_guard.campaigns AS c
WHERE c.status = 'PAUSED' AND c.updated_at >= $1 AND c.updated_at <= $2
