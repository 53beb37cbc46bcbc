-- Where the history was attached by us, and its trigger ($1) is not there or does not fire: the table, and when we attached it.
SELECT format('%I.%I', b.relation_schema, b.relation_name), l.at, t.oid IS NULL
FROM promo_guard.binding AS b
JOIN LATERAL (
    SELECT a.action, a.at
    FROM promo_guard.action_log AS a
    WHERE a.action IN ('attach_history', 'detach_history') AND a.campaign_id IS NULL
    ORDER BY a.id DESC
    LIMIT 1
) AS l ON l.action = 'attach_history' AND l.at <= $2
LEFT JOIN pg_class AS c ON c.relname = b.relation_name
    AND c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = b.relation_schema)
LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = $1
WHERE b.entity = 'campaigns' AND b.bound AND b.relation_name IS NOT NULL AND (t.oid IS NULL OR t.tgenabled IN ('D', 'R'))
