-- The last recorded status of each campaign ($1) up to $2, and whether it is a baseline: then it had changed by that time. Until the
-- upgrade from 0.1.0 has been run there is no column kind, and no baseline.
SELECT l.campaign_id, l.to_status, l.at, l.actor, l.application_name, coalesce(l.history ->> 'kind' = 'baseline', false)
FROM (
    SELECT DISTINCT ON (h.campaign_id)
           h.campaign_id, h.to_status, h.at, h.actor::text, h.application_name, to_jsonb(h) AS history
    FROM promo_guard.status_history AS h
    WHERE h.campaign_id = ANY ($1) AND h.at <= $2
    ORDER BY h.campaign_id, h.id DESC
) AS l
