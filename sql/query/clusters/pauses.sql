-- Every recorded change of the status of campaigns $1 up to $2, each campaign's oldest first, and whether it is a
-- baseline: it had changed by then.
SELECT h.campaign_id, h.from_status, h.to_status, h.at, h.kind = 'baseline'
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2
ORDER BY h.campaign_id, h.id
