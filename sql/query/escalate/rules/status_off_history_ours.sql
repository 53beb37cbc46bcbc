-- The last status that an action of ours set, of campaigns ($1) each after one time ($2) and up to another ($3).
SELECT g.id, l.status
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS g (id, since, until)
CROSS JOIN LATERAL (
    SELECT a.after ->> 'status' AS status
    FROM promo_guard.action_log AS a
    WHERE a.campaign_id = g.id AND a.at > g.since AND a.at <= g.until AND a.decision NOT IN ('REFUSED', 'DRY_RUN') AND a.after ? 'status'
    ORDER BY a.id DESC
    LIMIT 1
) AS l
