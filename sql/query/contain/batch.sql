-- The codes of the campaigns of name $1: id, prefix, status, limit, uses (counted, where there is no counter), and
-- reservations that are open at $2.
SELECT c.id::bigint, c.code_prefix::text, c.status::text, c.max_total_uses::bigint,
       coalesce(c.used_total::bigint,
                (SELECT count(*) FROM promo_guard.redemptions AS r
                 WHERE r.promo_code_id = c.id AND (r.status = 'APPLIED' OR r.applied_at IS NOT NULL))),
       coalesce(o.n, 0)
FROM promo_guard.campaigns AS c
LEFT JOIN (
    SELECT r.promo_code_id, count(*) AS n
    FROM promo_guard.redemptions AS r
    WHERE r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > $2)
    GROUP BY r.promo_code_id
) AS o ON o.promo_code_id = c.id
WHERE c.campaign_name = $1
ORDER BY c.id
