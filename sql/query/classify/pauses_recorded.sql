-- The recorded pauses from $1 to $2, in order of time: which campaign, when, and by whom. Until the upgrade from 0.1.0 has been run
-- there is no column kind, and no baseline.
SELECT h.campaign_id, h.at::timestamptz, h.actor::text, h.application_name
FROM promo_guard.status_history AS h
WHERE h.to_status = 'PAUSED' AND h.at >= $1 AND h.at <= $2 AND coalesce(to_jsonb(h) ->> 'kind', '') <> 'baseline'
ORDER BY h.at
