-- Running bakes that nobody has ticked for two minutes.
SELECT b.campaign_id, to_char(coalesce(b.ticked_at, b.since), 'YYYY-MM-DD HH24:MI:SS"Z"')
FROM promo_guard.bake AS b
WHERE b.state = 'RUNNING' AND coalesce(b.ticked_at, b.since) < clock_timestamp() - interval '2 min'
ORDER BY b.campaign_id
