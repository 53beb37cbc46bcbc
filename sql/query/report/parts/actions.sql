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
           -- a batch may be of a hundred thousand; the rotation's table has them all
           'rotated', coalesce(n.old_ids, '[]'), 'successors', coalesce(n.new_ids, '[]'), 'rotations', coalesce(n.rotations, 0))
FROM promo_guard.action_log AS l
LEFT JOIN LATERAL (
    SELECT jsonb_agg(r.old_campaign_id::text ORDER BY r.old_campaign_id) FILTER (WHERE r.place <= 50) AS old_ids,
           jsonb_agg(r.new_campaign_id::text ORDER BY r.old_campaign_id) FILTER (WHERE r.place <= 50) AS new_ids,
           count(*) AS rotations
    FROM (SELECT r.old_campaign_id, r.new_campaign_id, row_number() OVER (ORDER BY r.old_campaign_id) AS place
          FROM promo_guard.rotation AS r WHERE r.action_id = l.id) AS r
) AS n ON l.action = 'rotate'
WHERE l.at <= $4
  AND (l.incident_id = $1 OR (l.campaign_id IS NOT NULL OR l.action IN ('rotate', 'announce_batch', 'withdraw_announcement')) AND l.at >= $2 AND ($1::bigint IS NULL OR l.at < $3 AND l.incident_id IS NULL))
ORDER BY l.id
