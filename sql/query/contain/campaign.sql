-- A campaign ($1) as a decision needs it. Everything in it is part of what was agreed on, but used_total and updated_at, which
-- move under live traffic.
SELECT c.id::bigint, c.campaign_name::text, c.code_prefix::text, c.promo_type::text, c.discount_type::text,
       c.discount_value::bigint, c.discount_percent::bigint, c.target_scope::text, c.status::text,
       c.valid_from::timestamptz, c.valid_until::timestamptz, c.max_total_uses::bigint, c.used_total::bigint,
       c.max_uses_per_user::bigint, c.new_users_only, c.first_purchase_only, c.created_at::timestamptz,
       c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.id = $1
