-- The incident that was open at $1, with the checkpoint that was promised by then: the log knows earlier promises, the
-- incident's row only the last.
SELECT i.id, i.declared_at,
       (SELECT (l.after ->> 'next_checkpoint_at')::timestamptz
        FROM promo_guard.action_log AS l
        WHERE l.incident_id = i.id AND l.action IN ('open_incident', 'checkpoint') AND l.at <= $1
        ORDER BY l.id DESC
        LIMIT 1)
FROM promo_guard.incident AS i
WHERE i.declared_at <= $1 AND (i.closed_at IS NULL OR i.closed_at > $1)
