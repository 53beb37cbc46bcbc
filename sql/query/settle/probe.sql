-- probe_redeem: the campaign of a code, and what the tables know of the user. $1 the code's hash, compared as
-- the column's own type wants it; $2 the user and $3 the product, each null where it was not given.
WITH code AS MATERIALIZED (
    SELECT c.* FROM promo_guard.campaigns AS c WHERE :same_hash LIMIT 1
)
SELECT c.id::bigint,
       coalesce(c.status::text, ''),
       c.valid_from::timestamptz,
       c.valid_until::timestamptz,
       c.max_total_uses::bigint,
       coalesce(c.used_total, 0)::bigint,
       c.max_uses_per_user::bigint,
       coalesce(c.new_users_only, false),
       coalesce(c.first_purchase_only, false),
       CASE WHEN c.promo_type IS DISTINCT FROM 'PREMIUM_GRANT' THEN coalesce(c.discount_type::text, 'PERCENT') END,
       CASE WHEN c.promo_type IS DISTINCT FROM 'PREMIUM_GRANT' THEN coalesce(c.discount_value, c.discount_percent)::bigint END,
       -- no list, or an empty one, covers everything; what is no list covers nothing
       CASE WHEN $3::text IS NOT NULL THEN
           coalesce(c.applicable_products, '[]') IN ('[]', 'null')
           OR (jsonb_typeof(c.applicable_products) = 'array' AND c.applicable_products ? $3) END,
       u.reserved,
       o.used,
       o.redeemed,
       p.bought,
       statement_timestamp()
FROM code AS c
CROSS JOIN (
    SELECT count(*) AS reserved
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id IN (SELECT code.id FROM code) AND r.status = 'RESERVED'
      AND (r.reserved_until IS NULL OR r.reserved_until > statement_timestamp())
) AS u
CROSS JOIN (
    SELECT count(*) FILTER (
               WHERE r.promo_code_id IN (SELECT code.id FROM code)
                 AND (r.status = 'APPLIED'
                      OR r.status = 'RESERVED' AND (r.reserved_until IS NULL OR r.reserved_until > statement_timestamp()))) AS used,
           count(*) FILTER (WHERE r.status = 'APPLIED' OR r.applied_at IS NOT NULL) > 0 AS redeemed
    FROM promo_guard.redemptions AS r
    WHERE r.user_id = $2
) AS o
CROSS JOIN (
    SELECT count(*) > 0 AS bought
    FROM promo_guard.purchases AS p
    WHERE p.user_id = $2 AND p.status IN ('CREDITED', 'REFUNDED')
) AS p
