-- The last recorded status of campaigns ($1), and when, by id.
SELECT DISTINCT ON (h.campaign_id) h.campaign_id, h.to_status, h.at
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1)
ORDER BY h.campaign_id, h.id DESC
