-- The campaigns that the actor of the recorded pause of campaign $1 paused within a minute of it, by the same program, and whose status
-- has not changed since: id, when, by whom. Nothing where the last record of $1 is no pause. A baseline tells neither when nor by whom.
SELECT h.campaign_id, h.at, h.actor::text, h.application_name
FROM (
    SELECT s.at, s.actor, s.application_name, s.to_status, s.kind
    FROM promo_guard.status_history AS s
    WHERE s.campaign_id = $1
    ORDER BY s.id DESC
    LIMIT 1
) AS own
JOIN promo_guard.status_history AS h
  ON h.at >= own.at - interval '1 minute' AND h.at <= own.at + interval '1 minute'
 AND h.actor = own.actor AND h.application_name IS NOT DISTINCT FROM own.application_name
WHERE own.to_status = 'PAUSED' AND own.kind = 'change' AND h.to_status = 'PAUSED' AND h.kind = 'change'
  AND NOT EXISTS (SELECT FROM promo_guard.status_history AS n WHERE n.campaign_id = h.campaign_id AND n.id > h.id)
ORDER BY h.at, h.campaign_id
