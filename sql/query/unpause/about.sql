-- What else is to be known of campaign $1: whether it has a code at all; its open reservations at $2; how many other campaigns
-- have its scope, and how many others there are; its redemptions applied now, and those ever applied.
SELECT c.code_hash IS NOT NULL,
       u.reserved,
       s.same,
       s.others,
       u.applied,
       u.ever_applied
FROM promo_guard.campaigns AS c
CROSS JOIN (
    SELECT count(*) FILTER (WHERE r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > $2)) AS reserved,
           count(*) FILTER (WHERE r.status = 'APPLIED') AS applied,
           count(*) FILTER (WHERE r.status = 'APPLIED' OR r.applied_at IS NOT NULL) AS ever_applied
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = $1
) AS u
CROSS JOIN (
    SELECT count(*) FILTER (WHERE o.target_scope = t.target_scope) AS same, count(*) AS others
    FROM promo_guard.campaigns AS o
    CROSS JOIN (SELECT DISTINCT i.target_scope FROM promo_guard.campaigns AS i WHERE i.id = $1) AS t
    WHERE o.id <> $1
) AS s
WHERE c.id = $1
