-- The campaigns to judge: $1 ids; where $2 is true those that are paused too.
SELECT c.id::bigint, c.campaign_name::text, coalesce(c.status::text, ''), @hash_shown@, c.valid_from::timestamptz,
       c.valid_until::timestamptz, c.max_total_uses::bigint, c.used_total::bigint, c.target_scope::text,
       c.new_users_only, c.first_purchase_only, c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.id = ANY ($1) OR ($2 AND c.status = 'PAUSED')
ORDER BY c.id
