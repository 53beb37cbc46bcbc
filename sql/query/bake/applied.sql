-- Redemptions of campaign $1 that were applied after $2 and up to $3.
SELECT count(*)
FROM promo_guard.redemptions AS r
WHERE r.promo_code_id = $1 AND r.status = 'APPLIED'
  AND coalesce(r.applied_at, r.created_at)::timestamptz > $2 AND coalesce(r.applied_at, r.created_at)::timestamptz <= $3
