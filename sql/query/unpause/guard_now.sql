-- User ids are as the application has them: its job knows no policy.
-- The auto-pause rule as of $3 under the lock: failures of the kinds that it counts ($4) on the code of campaign $1 since $2,
-- and the users they are of.
SELECT count(*), count(DISTINCT a.user_id)
FROM promo_guard.attempts AS a
WHERE a.code_hash = ANY (ARRAY(SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1))
  AND a.attempted_at > $2 AND a.attempted_at <= $3 AND a.result::text = ANY ($4)
