-- Ends the running bake of campaign $1, and a re-pause that is still due: it is unpaused once more, by action $2.
UPDATE promo_guard.bake
SET state = CASE WHEN state = 'RUNNING' THEN 'SUPERSEDED' ELSE state END,
    decided_at = coalesce(decided_at, clock_timestamp()),
    detail = CASE WHEN state = 'RUNNING' THEN 'It was unpaused again (action ' || $2::bigint || '), which began another bake.'
                  ELSE detail END,
    repause_due = false
WHERE campaign_id = $1 AND (state = 'RUNNING' OR repause_due)
