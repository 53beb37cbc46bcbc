\i sql/reference/attempts.sql
-- What joins several tables is a view by hand, with every column: a typed null for what the shop lacks.
CREATE VIEW promo_guard.campaigns AS
SELECT p.id, encode(sha256(convert_to(p."couponCode", 'UTF8')), 'hex') AS code_hash, left(p."couponCode", 4) AS code_prefix,
       n.name AS campaign_name, NULL::text AS promo_type, NULL::bigint AS grant_premium_days,
       CASE WHEN p.percent IS NOT NULL THEN 'PERCENT' ELSE 'FIXED' END AS discount_type, coalesce(p.percent, p.amount) AS discount_value,
       NULL::bigint AS discount_percent, NULL::jsonb AS applicable_products, 'order' AS target_scope,
       CASE WHEN NOT p.enabled THEN 'PAUSED' WHEN p."endsAt" <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END AS status,
       coalesce(p."startsAt", '-infinity') AS valid_from, coalesce(p."endsAt", 'infinity') AS valid_until, p."usageLimit" AS max_total_uses,
       (SELECT count(*) FROM order_promotions_promotion AS x WHERE x."promotionId" = p.id) AS used_total,
       p."perCustomerUsageLimit" AS max_uses_per_user, false AS new_users_only, false AS first_purchase_only,
       p."createdAt" AS created_at, p."updatedAt" AS updated_at
FROM promotion AS p JOIN promotion_translation AS n ON n."baseId" = p.id AND n."languageCode" = 'en';
CREATE VIEW promo_guard.redemptions AS
SELECT x."orderId"::text || '-' || x."promotionId" AS id, x."promotionId" AS promo_code_id, o."customerId" AS user_id,
       CASE WHEN o.state = 'PaymentSettled' THEN 'APPLIED' ELSE 'REVOKED' END AS status, NULL::timestamptz AS reserved_until,
       x."orderId" AS applied_purchase_id, NULL::jsonb AS validation_snapshot, o."createdAt" AS created_at, o."orderPlacedAt" AS applied_at,
       o."updatedAt" AS updated_at
FROM order_promotions_promotion AS x JOIN "order" AS o ON o.id = x."orderId";
CREATE VIEW promo_guard.purchases AS
SELECT o.id, o."customerId" AS user_id, 'order' AS product_code, o."subTotal" AS base_stars_amount, o.discount AS discount_stars_amount,
       o."subTotal" - o.discount AS stars_amount, CASE WHEN o.state = 'PaymentSettled' THEN 'CREDITED' ELSE 'REFUNDED' END AS status,
       NULL::integer AS applied_promo_code_id, o."createdAt" AS created_at, o."orderPlacedAt" AS paid_at, o."orderPlacedAt" AS credited_at,
       CASE WHEN o.state <> 'PaymentSettled' THEN o."updatedAt" END AS refunded_at
FROM "order" AS o;
-- The table behind the view, and what is written to it: pause() sets enabled to false.
SELECT * FROM promo_guard.bind('promotion', 'promo_attempts', columns => '{
  "campaigns": {"status": {"column": "enabled", "writes": {"ACTIVE": true, "PAUSED": false}},
                "max_total_uses": "usageLimit", "valid_until": "endsAt", "updated_at": "updatedAt"}
}');
SELECT * FROM promo_guard.set_policy('codes_per_purchase', 'several', 'an order takes several coupons');
SELECT promo_guard.attach_history();
