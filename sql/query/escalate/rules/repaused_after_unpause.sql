-- Campaigns that were paused after $1 and up to $2, no longer than $3 after they were unpaused. Baselines do not
-- tell when.
SELECT DISTINCT ON (r.campaign_id)
       r.campaign_id,
       min(r.at) OVER w AS since,
       r.at AS latest,
       count(*) OVER w AS times,
       r.unpaused_at,
       r.actor::text,
       nullif(r.application_name, '') AS application_name
FROM (
    SELECT p.campaign_id, p.at, p.actor, p.application_name, b.at AS unpaused_at
    FROM promo_guard.status_history AS p,
         LATERAL (
             SELECT h.from_status, h.at, h.kind
             FROM promo_guard.status_history AS h
             WHERE h.campaign_id = p.campaign_id AND h.id < p.id
             ORDER BY h.id DESC
             LIMIT 1
         ) AS b
    WHERE p.to_status = 'PAUSED' AND p.at > $1 AND p.at <= $2 AND p.kind = 'change' AND b.kind = 'change'
      AND b.from_status = 'PAUSED' AND p.at <= b.at + $3::bigint * interval '1 microsecond'
) AS r
WINDOW w AS (PARTITION BY r.campaign_id)
ORDER BY r.campaign_id, r.at DESC
