-- Recorded pauses and unpauses in a window ($1, $2), and whether an action of ours did them.
SELECT h.campaign_id, h.to_status = 'PAUSED', h.at, h.to_status, h.actor::text, nullif(h.application_name, ''),
       EXISTS (
           SELECT
           FROM promo_guard.action_log AS l
           WHERE l.campaign_id = h.campaign_id AND l.transaction_id = h.transaction_id
             AND l.at BETWEEN h.at - interval '1 day' AND h.at + interval '1 day' AND l.decision <> 'REFUSED'
       )
FROM promo_guard.status_history AS h
WHERE h.kind = 'change' AND h.at >= $1 AND h.at <= $2 AND (h.to_status = 'PAUSED') IS DISTINCT FROM (h.from_status = 'PAUSED')
ORDER BY h.id
