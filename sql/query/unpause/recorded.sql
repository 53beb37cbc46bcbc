-- The last status of campaign $1 that our history recorded, by whom, and the action of ours that paused it or took the pause
-- for its own later. Without a record in the history the last action that set a status stands alone.
SELECT h.at, h.to_status, h.actor::text, h.application_name, l.id, l.action, l.actor::text, l.reason, l.at, l.status
FROM (SELECT $1::bigint AS id) AS c
LEFT JOIN LATERAL (
    SELECT s.at, s.to_status, s.actor, s.application_name, s.transaction_id
    FROM promo_guard.status_history AS s
    WHERE s.campaign_id = c.id
    ORDER BY s.id DESC
    LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (
    SELECT a.id, a.action, a.actor, a.reason, a.at, a.after ->> 'status' AS status
    FROM promo_guard.action_log AS a
    WHERE a.campaign_id = c.id AND a.decision NOT IN ('REFUSED', 'DRY_RUN') AND a.after ? 'status'
      AND (h.at IS NULL OR a.transaction_id = h.transaction_id OR a.at > h.at)
    ORDER BY a.id DESC
    LIMIT 1
) AS l ON true
