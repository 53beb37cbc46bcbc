-- The campaigns whose code is one of $1, compared as the column's own type wants it, which keeps its index; bytes are shown
-- as digits.
SELECT c.id::bigint, @hash_shown@, c.status::text, c.updated_at::timestamptz, c.valid_from::timestamptz,
       c.valid_until::timestamptz, c.max_total_uses::bigint, c.used_total::bigint,
       coalesce(c.new_users_only, false) OR coalesce(c.first_purchase_only, false), c.target_scope::text
FROM promo_guard.campaigns AS c
WHERE @hash_among@
