-- The campaigns $1 as they stand: id, status, limit, uses (counted, where there is no counter), reservations
-- that are open at $2, name.
SELECT c.id::bigint, c.status::text, c.max_total_uses::bigint,
       coalesce(c.used_total::bigint,
                (SELECT count(*) FROM promo_guard.redemptions AS r
                 WHERE r.promo_code_id = c.id AND (r.status = 'APPLIED' OR r.applied_at IS NOT NULL))),
       coalesce(o.n, 0), c.campaign_name::text
FROM promo_guard.campaigns AS c
LEFT JOIN (
    SELECT r.promo_code_id, count(*) AS n
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = ANY ($1) AND r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > $2)
    GROUP BY r.promo_code_id
) AS o ON o.promo_code_id = c.id
WHERE c.id = ANY ($1)
