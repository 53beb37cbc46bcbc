-- What a fix of campaign $1 is held against: its open reservations at $2, the other campaigns of scope $3, and all others.
SELECT (SELECT count(*)
        FROM promo_guard.redemptions AS r
        WHERE r.promo_code_id = $1 AND r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > $2)),
       count(*) FILTER (WHERE c.target_scope::text = $3),
       count(*)
FROM promo_guard.campaigns AS c
WHERE c.id <> $1
