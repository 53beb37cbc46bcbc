-- The first pause in a window ($1, $2) and how it is known: from the history, which also knows campaigns that are active again,
-- else from the evidence of those that are paused now. A pause that is only estimated tells nothing.
SELECT p.at, p.source
FROM (
    SELECT h.at, 'history' AS source
    FROM promo_guard.status_history AS h
    WHERE h.kind = 'change' AND h.to_status = 'PAUSED' AND h.at >= $1 AND h.at <= $2
    UNION ALL
    SELECT c.paused_at, c.paused_at_source
    FROM promo_guard.paused_campaigns($2 - $1, $2, NULL) AS c
    WHERE c.paused_at >= $1 AND c.paused_at <= $2 AND c.paused_at_source = 'evidence'
) AS p
ORDER BY p.at, p.source
LIMIT 1
