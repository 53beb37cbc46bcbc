-- The incident ($1; null: the one that was open at $2, if any) as it stood at $2: what was done later is not told.
SELECT i.id,
       i.started_at,
       i.detected_at,
       i.declared_at,
       CASE WHEN i.closed_at <= $2 THEN i.closed_at END,
       jsonb_build_object(
           'id', i.id::text,
           'title', i.title,
           'trigger', i.trigger,
           'state', CASE WHEN i.closed_at <= $2 THEN 'CLOSED' ELSE 'OPEN' END,
           'started_at', i.started_at,
           'started_at_source', coalesce(o.after ->> 'started_at_source', 'unknown'),
           'detected_at', i.detected_at,
           'detected_at_source', coalesce(o.after ->> 'detected_at_source', 'unknown'),
           'declared_at', i.declared_at,
           'declared_by', i.declared_by,
           'closed_at', CASE WHEN i.closed_at <= $2 THEN i.closed_at END,
           'note', n.reason),
       CASE WHEN i.closed_at <= $2 THEN 'null'::jsonb ELSE coalesce(n.after -> 'next_checkpoint_at', 'null'::jsonb) END
FROM promo_guard.incident AS i
LEFT JOIN LATERAL (
    SELECT l.after
    FROM promo_guard.action_log AS l
    WHERE l.incident_id = i.id AND l.action = 'open_incident'
    ORDER BY l.id
    LIMIT 1
) AS o ON true
LEFT JOIN LATERAL (
    SELECT l.after, l.reason
    FROM promo_guard.action_log AS l
    WHERE l.incident_id = i.id AND l.action IN ('checkpoint', 'close_incident') AND l.at <= $2
    ORDER BY l.id DESC
    LIMIT 1
) AS n ON true
WHERE CASE WHEN $1::bigint IS NULL THEN i.declared_at <= $2 AND (i.closed_at IS NULL OR i.closed_at > $2) ELSE i.id = $1 END
ORDER BY i.id DESC
LIMIT 1
