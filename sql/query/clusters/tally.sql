-- The attempts of a window ($1, $2) in one pass, at most $3 of them one by one. One row.
SELECT promo_guard.tally(a.code_hash, :user(a)::bigint, a.result::text, a.attempted_at::timestamptz, $1, $2, $3)
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
