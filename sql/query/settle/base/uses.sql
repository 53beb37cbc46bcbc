-- The uses of campaigns $1 over all of their history: used_total is today's, so redemptions later than as_of count too.
SELECT r.promo_code_id::bigint, count(*) FILTER (WHERE r.status = 'APPLIED'), count(r.applied_at)
FROM promo_guard.redemptions AS r
WHERE r.promo_code_id = ANY ($1)
GROUP BY r.promo_code_id
