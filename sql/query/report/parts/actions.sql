-- What was done up to $4: in the incident ($1), or on campaigns in the time from its start ($2) to its declaration ($3); without
-- an incident, since $2.
SELECT l.id, l.at, l.action, l.campaign_id, l.decision,
       jsonb_build_object(
           'id', l.id::text,
           'at', l.at,
           'action', l.action,
           'campaign_id', l.campaign_id::text,
           'decision', l.decision,
           'actor', l.actor,
           'reason', l.reason,
           'overrides', coalesce(to_jsonb(l.overrides), '[]'),
           'before_declaration', l.incident_id IS DISTINCT FROM $1::bigint AND $1::bigint IS NOT NULL,
           'successors', CASE WHEN jsonb_typeof(l.after -> 'new_campaign_ids') = 'array' THEN l.after -> 'new_campaign_ids' END)
FROM promo_guard.action_log AS l
WHERE l.at <= $4
  AND (l.incident_id = $1 OR l.campaign_id IS NOT NULL AND l.at >= $2 AND ($1::bigint IS NULL OR l.at < $3 AND l.incident_id IS NULL))
ORDER BY l.id
