-- Every recorded pause and unpause of campaigns ($1) up to $2, in order of recording.
SELECT h.campaign_id, h.to_status = 'PAUSED', h.at
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2 AND (h.to_status = 'PAUSED') IS DISTINCT FROM (h.from_status = 'PAUSED')
ORDER BY h.campaign_id, h.id
