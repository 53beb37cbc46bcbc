-- The fields of campaign $1 that our own fix_campaign() changed since $2.
SELECT DISTINCT jsonb_object_keys(CASE WHEN jsonb_typeof(l.after) = 'object' THEN l.after ELSE '{}' END)
FROM promo_guard.action_log AS l
WHERE l.campaign_id = $1 AND l.at >= $2 AND l.action = 'fix_campaign' AND l.decision NOT IN ('REFUSED', 'DRY_RUN')
