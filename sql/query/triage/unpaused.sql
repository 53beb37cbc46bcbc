-- Campaigns that became ACTIVE after a pause since $1 and were not paused again by $2, latest first, each with its running or last bake.
-- A campaign without a status history is known from the action log.
SELECT u.campaign_id, u.at, u.actor, b.state, b.since, b.until
FROM (
    SELECT DISTINCT ON (e.campaign_id) e.campaign_id, e.at, e.actor, e.active
    FROM (
        SELECT h.campaign_id, h.at, h.actor::text AS actor, h.from_status = 'PAUSED' AND h.to_status = 'ACTIVE' AS active
        FROM promo_guard.status_history AS h
        WHERE h.at >= $1 AND h.at <= $2 AND h.kind = 'change'
        UNION ALL
        SELECT l.campaign_id, l.at, l.actor::text, l.decision = 'UNPAUSED'
        FROM promo_guard.action_log AS l
        WHERE l.at >= $1 AND l.at <= $2 AND l.decision IN ('UNPAUSED', 'PAUSED') AND l.campaign_id IS NOT NULL
    ) AS e
    ORDER BY e.campaign_id, e.at DESC
) AS u
LEFT JOIN LATERAL (
    SELECT b.state::text AS state, b.since, b.until
    FROM promo_guard.bake AS b
    WHERE b.campaign_id = u.campaign_id AND b.since >= $1
    ORDER BY b.id DESC
    LIMIT 1
) AS b ON true
WHERE u.active
ORDER BY u.at DESC
LIMIT 50
