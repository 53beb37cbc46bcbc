-- What we ourselves did with campaigns $1 up to $2, in order: pauses with their reasons, and the fields that were fixed.
SELECT l.campaign_id, l.action, l.decision, l.reason, l.at::timestamptz,
       ARRAY(SELECT jsonb_object_keys(CASE WHEN jsonb_typeof(l.after) = 'object' THEN l.after ELSE '{}' END))
FROM promo_guard.action_log AS l
WHERE l.campaign_id = ANY ($1) AND l.at <= $2 AND l.decision NOT IN ('REFUSED', 'DRY_RUN')
ORDER BY l.campaign_id, l.id
