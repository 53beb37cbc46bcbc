\i sql/reference/attempts.sql
-- The terms of a coupon are those of its last version.
CREATE VIEW promo_guard.campaigns AS
SELECT c.id, encode(sha256(convert_to(c.coupon_code, 'UTF8')), 'hex') AS code_hash, left(c.coupon_code, 4) AS code_prefix, p.name AS campaign_name,
       NULL::text AS promo_type, NULL::bigint AS grant_premium_days, CASE v.discount_type WHEN 'percent-off' THEN 'PERCENT' ELSE 'FIXED' END AS discount_type,
       (v.amount * 100)::bigint AS discount_value, NULL::bigint AS discount_percent, NULL::jsonb AS applicable_products, NULL::text AS target_scope,
       CASE WHEN NOT c.enabled THEN 'PAUSED' WHEN v.expiration_date <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END AS status,
       coalesce(v.activation_date, '-infinity') AS valid_from, coalesce(v.expiration_date, 'infinity') AS valid_until,
       v.max_redemptions AS max_total_uses, NULL::bigint AS used_total, v.max_redemptions_per_user AS max_uses_per_user,
       false AS new_users_only, false AS first_purchase_only, c.created_on AS created_at, c.updated_on AS updated_at
FROM ecommerce_coupon AS c JOIN ecommerce_couponpayment AS p ON p.id = c.payment_id
CROSS JOIN LATERAL (SELECT pv.* FROM ecommerce_couponversion AS cv JOIN ecommerce_couponpaymentversion AS pv ON pv.id = cv.payment_version_id
                    WHERE cv.coupon_id = c.id ORDER BY cv.id DESC LIMIT 1) AS v;
-- A redemption names its version: that is the snapshot of its terms.
CREATE VIEW promo_guard.redemptions AS
SELECT r.id, v.coupon_id AS promo_code_id, o.purchaser_id AS user_id, CASE o.status WHEN 'refunded' THEN 'REVOKED' WHEN 'failed' THEN 'EXPIRED' WHEN 'created' THEN 'RESERVED' ELSE 'APPLIED' END AS status,
       CASE o.status WHEN 'created' THEN o.created_on + interval '1 day' END AS reserved_until, r.order_id AS applied_purchase_id,
       jsonb_build_object('discount_type', CASE p.discount_type WHEN 'percent-off' THEN 'PERCENT' ELSE 'FIXED' END,
                          'discount_value', (p.amount * 100)::bigint) AS validation_snapshot,
       r.created_on AS created_at, CASE WHEN o.status IN ('fulfilled', 'refunded') THEN r.created_on END AS applied_at, o.updated_on AS updated_at
FROM ecommerce_couponredemption AS r JOIN ecommerce_couponversion AS v ON v.id = r.coupon_version_id
JOIN ecommerce_couponpaymentversion AS p ON p.id = v.payment_version_id JOIN ecommerce_order AS o ON o.id = r.order_id;
CREATE VIEW promo_guard.purchases AS
SELECT o.id, o.purchaser_id AS user_id, NULL::text AS product_code, l.price AS base_stars_amount,
       l.price - (o.total_price_paid * 100)::bigint AS discount_stars_amount, (o.total_price_paid * 100)::bigint AS stars_amount,
       CASE o.status WHEN 'created' THEN 'CREATED' WHEN 'failed' THEN 'FAILED' WHEN 'refunded' THEN 'REFUNDED' ELSE 'CREDITED' END AS status,
       NULL::integer AS applied_promo_code_id, o.created_on AS created_at, o.created_on AS paid_at, o.created_on AS credited_at,
       CASE o.status WHEN 'refunded' THEN o.updated_on END AS refunded_at
FROM ecommerce_order AS o
CROSS JOIN LATERAL (SELECT (sum(i.price * i.quantity) * 100)::bigint AS price FROM ecommerce_line AS i WHERE i.order_id = o.id) AS l;
SELECT * FROM promo_guard.bind('ecommerce_coupon', 'promo_attempts', columns => '{
  "campaigns": {"status": {"column": "enabled", "writes": {"ACTIVE": true, "PAUSED": false}}, "updated_at": "updated_on"}
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'the price is rounded to cents');
SELECT promo_guard.attach_history();
