-- Campaigns that were unpaused by us after $1 and up to $2 over a check that said no.
SELECT DISTINCT ON (l.campaign_id)
       l.campaign_id,
       min(l.at) OVER w AS since,
       l.at AS latest,
       count(*) OVER w AS times,
       array_to_string(l.overrides, ', ') AS overrides,
       l.actor::text,
       l.id
FROM promo_guard.action_log AS l
WHERE l.decision = 'UNPAUSED' AND cardinality(l.overrides) > 0 AND l.at > $1 AND l.at <= $2
WINDOW w AS (PARTITION BY l.campaign_id)
ORDER BY l.campaign_id, l.at DESC
