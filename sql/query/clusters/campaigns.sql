-- Campaigns: those whose code is one of $1, compared as the column's own type wants it, which keeps its index; or
-- those of the ids $1, or the paused ones too. Bytes are shown as digits.
SELECT c.id::bigint, @hash_shown@, c.campaign_name::text, c.status::text, coalesce(c.status = 'PAUSED', false),
       c.updated_at::timestamptz, c.valid_from::timestamptz, c.valid_until::timestamptz, c.max_total_uses::bigint,
       c.used_total::bigint, c.target_scope::text, c.new_users_only, c.first_purchase_only,
       c.code_prefix::text
FROM promo_guard.campaigns AS c
WHERE @which@
