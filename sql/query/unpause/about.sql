-- What else is to be known of campaign $1: whether it has a code at all; the campaign that replaced it; its open reservations
-- at $2; how many other campaigns have its scope, and how many others there are.
SELECT c.code_hash IS NOT NULL,
       (SELECT count(*)
        FROM promo_guard.redemptions AS r
        WHERE r.promo_code_id = c.id AND r.status = 'RESERVED'
          AND (r.reserved_until IS NULL OR r.reserved_until > $2)),
       (SELECT count(*) FROM promo_guard.campaigns AS o WHERE o.id <> c.id AND o.target_scope = c.target_scope),
       (SELECT count(*) FROM promo_guard.campaigns AS o WHERE o.id <> c.id)
FROM promo_guard.campaigns AS c
WHERE c.id = $1
