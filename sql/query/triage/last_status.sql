-- The last recorded change of each campaign's ($1) status up to $2.
SELECT DISTINCT ON (h.campaign_id) h.campaign_id, h.to_status, h.at, h.actor::text, h.application_name
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2
ORDER BY h.campaign_id, h.id DESC
