-- What our own records say of the status of campaigns $1 up to $2: the last recorded status, when, by whom and whether it is a baseline;
-- and the action of ours that paused it, or took the pause for its own later. Without a record in the history the last action that set a
-- status stands alone. Of a campaign that was found PAUSED when the history was attached (a baseline) the pause is older: it may be an
-- action's since the record before. A campaign that rotate() made was paused by that. The last column is when an action of ours paused
-- it; an action that found it paused already (ALREADY_PAUSED) only gives a reason.
SELECT c.id, h.at, h.to_status, h.actor::text, h.application_name, h.kind = 'baseline',
       l.id, l.action, l.actor::text, l.reason, l.at, l.status, l.paused_at
FROM unnest($1::bigint[]) AS c (id)
LEFT JOIN LATERAL (
    SELECT s.id, s.at, s.to_status, s.actor, s.application_name, s.transaction_id, s.kind
    FROM promo_guard.status_history AS s
    WHERE s.campaign_id = c.id AND s.at <= $2
    ORDER BY s.id DESC
    LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (
    SELECT s.at
    FROM promo_guard.status_history AS s
    WHERE s.campaign_id = c.id AND s.id < h.id
    ORDER BY s.id DESC
    LIMIT 1
) AS b ON true
LEFT JOIN LATERAL (
    SELECT a.id, a.action, a.actor, a.reason, a.at, a.status,
           first_value(CASE WHEN a.status = 'PAUSED' AND a.decision <> 'ALREADY_PAUSED' THEN a.at END)
               OVER (ORDER BY a.decision = 'ALREADY_PAUSED', a.id DESC) AS paused_at
    FROM (
        SELECT a.id, a.action, a.actor, a.reason, a.at, a.after ->> 'status' AS status, a.transaction_id, a.decision
        FROM promo_guard.action_log AS a
        WHERE a.campaign_id = c.id AND a.decision NOT IN ('REFUSED', 'DRY_RUN') AND a.after ? 'status'
        UNION ALL
        SELECT a.id, a.action, a.actor, a.reason, a.at, a.after ->> 'status', a.transaction_id, a.decision
        FROM promo_guard.rotation AS r
        JOIN promo_guard.action_log AS a ON a.id = r.action_id
        WHERE r.new_campaign_id = c.id
    ) AS a
    WHERE a.at <= $2
      AND CASE WHEN h.kind = 'baseline' AND h.to_status = 'PAUSED' THEN b.at IS NULL OR a.at > b.at
               ELSE h.at IS NULL OR a.transaction_id = h.transaction_id OR a.at > h.at END
    ORDER BY a.id DESC
    LIMIT 1
) AS l ON true
