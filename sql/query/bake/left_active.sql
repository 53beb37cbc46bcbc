-- The first recorded change of campaign $1 away from ACTIVE since $2, and our own action behind it where there is one. A baseline tells
-- neither who nor when.
SELECT h.to_status, h.at, h.actor::text, h.application_name, l.id, l.action, l.reason
FROM promo_guard.status_history AS h
LEFT JOIN promo_guard.action_log AS l ON l.transaction_id = h.transaction_id AND l.campaign_id = h.campaign_id
WHERE h.campaign_id = $1 AND h.at >= $2 AND h.from_status = 'ACTIVE' AND h.kind = 'change'
ORDER BY h.id
LIMIT 1
