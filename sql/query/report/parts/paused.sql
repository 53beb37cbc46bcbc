-- What is paused at $1, and since when.
SELECT p.campaign_id, p.paused_at, p.paused_at_source, p.paused_by
FROM promo_guard.paused_campaigns(NULL, $1, NULL) AS p
ORDER BY p.campaign_id
