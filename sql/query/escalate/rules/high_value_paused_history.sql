-- Every recorded pause and unpause of campaigns ($1) up to $2, in order of recording. A baseline bounds the end of a pause; when
-- one began it cannot tell.
SELECT h.campaign_id, h.to_status = 'PAUSED', h.at
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2 AND (h.to_status = 'PAUSED') IS DISTINCT FROM (h.from_status = 'PAUSED')
  AND (h.kind = 'change' OR h.to_status IS DISTINCT FROM 'PAUSED')
ORDER BY h.campaign_id, h.id
