-- The campaigns to judge: $1 ids; where $2 is true those that are paused too, and those whose code is one of $3 (compared
-- as the column's own type wants it, which keeps its index).
SELECT c.id::bigint, c.campaign_name::text, coalesce(c.status::text, ''), c.code_hash::text, c.valid_from::timestamptz,
       c.valid_until::timestamptz, c.max_total_uses::bigint, c.used_total::bigint, c.target_scope::text,
       c.new_users_only, c.first_purchase_only, c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1) OR ($2 AND (c.status = 'PAUSED' OR :hash_among))
ORDER BY c.id
