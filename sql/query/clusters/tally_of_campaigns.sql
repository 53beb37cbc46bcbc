-- The same for the attempts on the codes of campaigns $4.
SELECT promo_guard.tally(a.code_hash, :user(a)::bigint, a.result::text, a.attempted_at::timestamptz, $1, $2, $3)
FROM promo_guard.attempts AS a
WHERE a.code_hash = ANY (ARRAY(SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = ANY ($4)))
  AND a.attempted_at >= $1 AND a.attempted_at <= $2
