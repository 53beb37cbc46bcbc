\i sql/reference/attempts.sql
-- Keys are texts, also those of users: views show numbers made of them.
ALTER TABLE promo_attempts ALTER user_id TYPE text USING NULL;
CREATE VIEW promo_guard.campaigns AS
SELECT promo_guard.key_number(p.id) AS id, encode(sha256(convert_to(p.code, 'UTF8')), 'hex') AS code_hash, left(p.code, 4) AS code_prefix,
       coalesce(c.name, p.code) AS campaign_name, NULL::text AS promo_type, NULL::bigint AS grant_premium_days,
       CASE m.type WHEN 'percentage' THEN 'PERCENT' ELSE 'FIXED' END AS discount_type,
       CASE m.type WHEN 'percentage' THEN m.value ELSE m.value * 100 END::bigint AS discount_value, NULL::bigint AS discount_percent,
       NULL::jsonb AS applicable_products, m.target_type AS target_scope,
       CASE WHEN p.deleted_at IS NOT NULL OR c.ends_at <= now() THEN 'EXPIRED' WHEN p.status = 'active' THEN 'ACTIVE' ELSE 'PAUSED' END AS status,
       coalesce(c.starts_at, '-infinity') AS valid_from, coalesce(c.ends_at, 'infinity') AS valid_until, p."limit" AS max_total_uses, p.used AS used_total,
       NULL::bigint AS max_uses_per_user, false AS new_users_only, false AS first_purchase_only, p.created_at, p.updated_at, m.currency_code AS discount_currency, p.id AS key
FROM promotion AS p LEFT JOIN promotion_campaign AS c ON c.id = p.campaign_id LEFT JOIN promotion_application_method AS m ON m.promotion_id = p.id
WHERE NOT p.is_automatic;
CREATE VIEW promo_guard.redemptions AS
SELECT l.id, promo_guard.key_number(l.promotion_id) AS promo_code_id, promo_guard.key_number(o.customer_id) AS user_id,
       CASE WHEN o.status = 'canceled' THEN 'REVOKED' ELSE 'APPLIED' END AS status, NULL::timestamptz AS reserved_until, l.order_id AS applied_purchase_id,
       NULL::jsonb AS validation_snapshot, l.created_at, l.created_at AS applied_at, o.updated_at
FROM order_promotion AS l JOIN "order" AS o ON o.id = l.order_id WHERE l.deleted_at IS NULL;
CREATE VIEW promo_guard.purchases AS
SELECT o.id, promo_guard.key_number(o.customer_id) AS user_id, NULL::text AS product_code, (o.item_total * 100)::bigint AS base_stars_amount,
       a.amount AS discount_stars_amount, (o.item_total * 100)::bigint - a.amount AS stars_amount,
       CASE WHEN o.status = 'canceled' OR t.refunded > 0 THEN 'REFUNDED' WHEN t.captured > 0 THEN 'CREDITED' ELSE 'CREATED' END AS status,
       NULL::bigint AS applied_promo_code_id, o.created_at, o.created_at AS paid_at, o.created_at AS credited_at,
       coalesce(o.canceled_at, t.refunded_at) AS refunded_at, t.refunded AS refunded_stars_amount, o.currency_code AS currency
FROM "order" AS o
CROSS JOIN LATERAL (SELECT coalesce(sum(i.amount) * 100, 0)::bigint AS amount FROM order_line_item_adjustment AS i WHERE i.order_id = o.id) AS a
CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount) FILTER (WHERE x.reference = 'capture') * 100, 0)::bigint AS captured,
                           coalesce(-sum(x.amount) FILTER (WHERE x.reference = 'refund') * 100, 0)::bigint AS refunded,
                           max(x.created_at) FILTER (WHERE x.reference = 'refund') AS refunded_at
                    FROM order_transaction AS x WHERE x.order_id = o.id) AS t;
SELECT * FROM promo_guard.bind('promotion', 'promo_attempts', columns => '{
  "campaigns": {"max_total_uses": "limit",
                "status": {"column": "status", "words": {"active": "ACTIVE", "inactive": "PAUSED", "draft": "PAUSED"},
                           "writes": {"PAUSED": "inactive"}}}
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'amounts are rounded half up to cents');
SELECT * FROM promo_guard.set_policy('codes_per_purchase', 'several', 'a cart takes several promotions');
SELECT * FROM promo_guard.set_policy('partial_refunds', 'keep', 'a promotion stays used when part of an order is paid back');
SELECT promo_guard.attach_history();
