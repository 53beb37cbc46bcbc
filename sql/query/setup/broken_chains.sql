-- Actions whose hash is not that of their row, or whose previous_hash is not the hash of the action before in their chain.
SELECT c.id, c.campaign_id,
       CASE WHEN c.hash IS DISTINCT FROM c.computed THEN 'the row was altered' ELSE 'a row before it is missing or was altered' END
FROM (
    SELECT l.id, l.campaign_id, l.hash, l.previous_hash, promo_guard.action_hash(l) AS computed,
           lag(l.hash) OVER (PARTITION BY l.campaign_id ORDER BY l.id) AS before
    FROM promo_guard.action_log AS l
) AS c
WHERE c.hash IS DISTINCT FROM c.computed OR c.previous_hash IS DISTINCT FROM c.before
ORDER BY c.id
