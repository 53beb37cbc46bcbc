-- Campaigns that were paused or unpaused while the history was not recording, as attach_history() found after $1 and up to $2:
-- from and to which status, when it was recorded before, and when it was found. The last of each campaign.
SELECT DISTINCT ON (h.campaign_id)
       h.campaign_id, h.from_status, h.to_status, h.at,
       (SELECT max(p.at) FROM promo_guard.status_history AS p WHERE p.campaign_id = h.campaign_id AND p.id < h.id)
FROM promo_guard.status_history AS h
WHERE h.kind = 'baseline' AND h.from_status IS NOT NULL AND (h.from_status = 'PAUSED' OR h.to_status = 'PAUSED') AND h.at > $1 AND h.at <= $2
ORDER BY h.campaign_id, h.id DESC
