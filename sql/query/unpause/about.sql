-- What else is to be known of campaign $1: whether it has a code at all; its open reservations at $2; how many other campaigns
-- have its scope, and how many others there are.
SELECT c.code_hash IS NOT NULL,
       (SELECT count(*)
        FROM promo_guard.redemptions AS r
        WHERE r.promo_code_id = c.id AND r.status = 'RESERVED'
          AND (r.reserved_until IS NULL OR r.reserved_until > $2)),
       s.same,
       s.others
FROM promo_guard.campaigns AS c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.target_scope = c.target_scope) AS same, count(*) AS others
    FROM promo_guard.campaigns AS o
    WHERE o.id <> c.id
) AS s
WHERE c.id = $1
