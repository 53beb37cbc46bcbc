-- The attempts on the code of campaign $1 after $2 and up to $3: the last $4 of them, newest first. Of those that were not
-- applicable the reason, where the application noted one. The user twice: as
-- policy has it, and as the application's job counts it.
SELECT a.attempted_at::timestamptz, :user(a)::bigint, a.result::text,
       CASE WHEN a.result = 'NOT_APPLICABLE' THEN a.metadata ->> 'reason' END,
       a.user_id::bigint
FROM promo_guard.attempts AS a
WHERE a.code_hash = ANY (ARRAY(SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1))
  AND a.attempted_at > $2 AND a.attempted_at <= $3
ORDER BY a.attempted_at DESC
LIMIT $4
