-- Bakes as tick() and bake_status() need them: of campaign $1 (null: of all), with $2 only those that a tick may advance, else
-- the last of each campaign. In the order of campaigns, so that two ticks take rows in the same order.
SELECT b.id, b.campaign_id, b.action_id, b.began_by::text, b.since, b.until, b.on_regression, b.false_alarm, b.paused_at,
       b.terms, b.baseline, b.looks, b.ticked_at, b.state, b.attempts, b.failures, b.users, b.failing_users, b.applied,
       b.detail, b.repaused_at, b.repause_due
FROM promo_guard.bake AS b
WHERE ($1::bigint IS NULL OR b.campaign_id = $1)
  AND CASE WHEN $2 THEN b.state = 'RUNNING' OR b.repause_due
           ELSE b.id = (SELECT max(l.id) FROM promo_guard.bake AS l WHERE l.campaign_id = b.campaign_id) END
ORDER BY b.campaign_id, b.id
