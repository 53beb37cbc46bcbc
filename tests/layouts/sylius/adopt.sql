\i sql/reference/attempts.sql
-- A coupon has no switch. The shop's check of a coupon must refuse one that is not enabled.
ALTER TABLE sylius_promotion_coupon ADD enabled boolean NOT NULL DEFAULT true;
CREATE VIEW promo_guard.campaigns AS
SELECT c.id, encode(sha256(convert_to(c.code, 'UTF8')), 'hex') AS code_hash, left(c.code, 4) AS code_prefix, p.name AS campaign_name,
       NULL::text AS promo_type, NULL::bigint AS grant_premium_days,
       CASE a.type WHEN 'order_percentage_discount' THEN 'PERCENT' WHEN 'order_fixed_discount' THEN 'FIXED' END AS discount_type,
       CASE a.type WHEN 'order_percentage_discount' THEN ((a.configuration::jsonb ->> 'percentage')::numeric * 100)::bigint
                   WHEN 'order_fixed_discount' THEN (a.configuration::jsonb -> 'WEB' ->> 'amount')::bigint END AS discount_value,
       NULL::bigint AS discount_percent, NULL::jsonb AS applicable_products, 'order' AS target_scope,
       CASE WHEN NOT c.enabled THEN 'PAUSED' WHEN least(c.expires_at, p.ends_at) <= now() AT TIME ZONE 'UTC' THEN 'EXPIRED' ELSE 'ACTIVE' END AS status,
       coalesce(p.starts_at, '-infinity') AS valid_from, coalesce(least(c.expires_at, p.ends_at), 'infinity') AS valid_until,
       c.usage_limit AS max_total_uses, c.used AS used_total, c.per_customer_usage_limit AS max_uses_per_user,
       false AS new_users_only, false AS first_purchase_only, c.created_at, coalesce(c.updated_at, c.created_at) AS updated_at
FROM sylius_promotion_coupon AS c JOIN sylius_promotion AS p ON p.id = c.promotion_id
LEFT JOIN sylius_promotion_action AS a ON a.promotion_id = p.id;
-- An order is its own redemption, once it is no cart any more.
CREATE VIEW promo_guard.redemptions AS
SELECT o.id, o.promotion_coupon_id AS promo_code_id, o.customer_id AS user_id,
       CASE WHEN o.state = 'cancelled' OR o.payment_state = 'refunded' THEN 'REVOKED' ELSE 'APPLIED' END AS status, NULL::timestamp AS reserved_until,
       o.id AS applied_purchase_id, NULL::jsonb AS validation_snapshot, o.created_at, o.checkout_completed_at AS applied_at, o.updated_at
FROM sylius_order AS o WHERE o.state <> 'cart' AND o.promotion_coupon_id IS NOT NULL;
CREATE VIEW promo_guard.purchases AS
SELECT o.id, o.customer_id AS user_id, NULL::text AS product_code, o.items_total AS base_stars_amount, d.amount AS discount_stars_amount,
       o.items_total - d.amount AS stars_amount,
       CASE WHEN o.state = 'cancelled' OR o.payment_state IN ('refunded', 'partially_refunded') THEN 'REFUNDED'
            WHEN o.payment_state = 'paid' THEN 'CREDITED' ELSE 'CREATED' END AS status,
       o.promotion_coupon_id AS applied_promo_code_id, o.created_at, o.checkout_completed_at AS paid_at, o.checkout_completed_at AS credited_at,
       CASE WHEN o.state = 'cancelled' OR o.payment_state = 'refunded' THEN o.updated_at END AS refunded_at, o.currency_code AS currency
FROM sylius_order AS o
CROSS JOIN LATERAL (SELECT coalesce(-sum(a.amount), 0)::bigint AS amount FROM sylius_adjustment AS a
                    WHERE a.order_id = o.id AND a.type LIKE '%promotion') AS d
WHERE o.state <> 'cart';
SELECT * FROM promo_guard.bind('sylius_promotion_coupon', 'promo_attempts', columns => '{
  "campaigns": {"status": {"column": "enabled", "writes": {"ACTIVE": true, "PAUSED": false}}, "valid_until": "expires_at",
                "max_total_uses": "usage_limit", "max_uses_per_user": "per_customer_usage_limit"}
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'percentages are rounded half up');
SELECT * FROM promo_guard.set_policy('used_total_counts', 'applied', 'a cancelled order gives its use back');
SELECT promo_guard.attach_history();
