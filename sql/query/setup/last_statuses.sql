-- The last recorded status of every campaign that has one, by id.
SELECT DISTINCT ON (h.campaign_id) h.campaign_id, h.to_status
FROM promo_guard.status_history AS h
ORDER BY h.campaign_id, h.id DESC
