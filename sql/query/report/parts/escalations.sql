-- Who must know, as of $1.
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'rule', e.rule, 'severity', e.severity, 'campaign_id', e.campaign_id::text, 'escalate_to', e.escalate_to, 'since', e.since,
           'due_at', e.due_at, 'overdue', e.overdue, 'acknowledged_by', e.acknowledged_by, 'detail', e.detail) ORDER BY e.place), '[]')
FROM promo_guard.escalations($1) WITH ORDINALITY
    AS e (rule, severity, campaign_id, escalate_to, since, due_at, overdue, acknowledged_by, detail, campaign_key, place)
