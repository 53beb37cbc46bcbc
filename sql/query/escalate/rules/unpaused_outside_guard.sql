-- Campaigns that left PAUSED after $1 and up to $2 without an action of ours. A change belongs to an action by campaign and
-- transaction, and each action accounts for one change. Transaction ids start anew in a restored cluster: a day apart is another.
-- $3 is a day before $1.
WITH change AS (
    SELECT h.campaign_id, h.to_status, h.at, h.actor, h.application_name, h.transaction_id,
           row_number() OVER (PARTITION BY h.campaign_id, h.transaction_id ORDER BY h.id) AS nth
    FROM promo_guard.status_history AS h
    WHERE h.from_status = 'PAUSED' AND h.to_status IS DISTINCT FROM 'PAUSED' AND h.at > $1 AND h.at <= $2
      AND h.kind = 'change'
),
ours AS (
    SELECT l.campaign_id, l.transaction_id, l.at,
           row_number() OVER (PARTITION BY l.campaign_id, l.transaction_id ORDER BY l.id) AS nth
    FROM promo_guard.action_log AS l
    WHERE l.decision = 'UNPAUSED' AND l.at > $3
),
unexplained AS (
    SELECT c.*
    FROM change AS c
    WHERE NOT EXISTS (
        SELECT FROM ours AS o
        WHERE o.campaign_id = c.campaign_id AND o.transaction_id = c.transaction_id AND o.nth = c.nth
          AND o.at BETWEEN c.at - interval '1 day' AND c.at + interval '1 day'
    )
)
SELECT DISTINCT ON (u.campaign_id)
       u.campaign_id,
       min(u.at) OVER w AS since,
       u.at AS latest,
       count(*) OVER w AS times,
       u.to_status,
       u.actor::text,
       nullif(u.application_name, '') AS application_name
FROM unexplained AS u
WINDOW w AS (PARTITION BY u.campaign_id)
ORDER BY u.campaign_id, u.at DESC
