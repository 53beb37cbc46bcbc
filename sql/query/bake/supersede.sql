-- Ends the running bake of campaign $1: it is unpaused once more, by action $2.
UPDATE promo_guard.bake
SET state = 'SUPERSEDED',
    decided_at = clock_timestamp(),
    detail = 'It was unpaused again (action ' || $2::bigint || '), which began another bake.'
WHERE campaign_id = $1 AND state = 'RUNNING'
