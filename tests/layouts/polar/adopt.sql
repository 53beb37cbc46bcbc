\i sql/reference/attempts.sql
-- Keys are uuids, also those of users: views show numbers made of them. A discount has no status: the checkout must refuse one that is paused.
ALTER TABLE promo_attempts ALTER user_id TYPE uuid USING NULL;
ALTER TABLE discounts ADD paused boolean NOT NULL DEFAULT false;
CREATE VIEW promo_guard.campaigns AS
SELECT promo_guard.key_number(d.id::text) AS id, encode(sha256(convert_to(d.code, 'UTF8')), 'hex') AS code_hash, left(d.code, 4) AS code_prefix, d.name AS campaign_name,
       NULL::text AS promo_type, NULL::bigint AS grant_premium_days, CASE d.type WHEN 'percentage' THEN 'PERCENT' ELSE 'FIXED' END AS discount_type,
       CASE d.type WHEN 'percentage' THEN d.basis_points / 100 ELSE d.amount END AS discount_value, NULL::bigint AS discount_percent,
       NULL::jsonb AS applicable_products, NULL::text AS target_scope,
       CASE WHEN d.paused THEN 'PAUSED' WHEN d.deleted_at IS NOT NULL OR d.ends_at <= now() THEN 'EXPIRED' ELSE 'ACTIVE' END AS status,
       coalesce(d.starts_at, '-infinity') AS valid_from, coalesce(d.ends_at, 'infinity') AS valid_until, d.max_redemptions AS max_total_uses,
       d.redemptions_count AS used_total, NULL::bigint AS max_uses_per_user, false AS new_users_only, false AS first_purchase_only,
       d.created_at, coalesce(d.modified_at, d.created_at) AS updated_at, d.currency AS discount_currency, d.id::text AS key
FROM discounts AS d WHERE d.code IS NOT NULL;
CREATE VIEW promo_guard.redemptions AS
SELECT r.id, promo_guard.key_number(r.discount_id::text) AS promo_code_id, promo_guard.key_number(c.customer_id::text) AS user_id,
       CASE WHEN o.status = 'refunded' THEN 'REVOKED' WHEN c.status = 'succeeded' THEN 'APPLIED' ELSE 'RESERVED' END AS status,
       c.expires_at AS reserved_until, r.checkout_id AS applied_purchase_id, NULL::jsonb AS validation_snapshot, r.created_at,
       CASE WHEN c.status = 'succeeded' THEN r.created_at END AS applied_at, coalesce(o.modified_at, r.created_at) AS updated_at
FROM discount_redemptions AS r LEFT JOIN checkouts AS c ON c.id = r.checkout_id LEFT JOIN orders AS o ON o.checkout_id = r.checkout_id;
CREATE VIEW promo_guard.purchases AS
SELECT c.id, promo_guard.key_number(c.customer_id::text) AS user_id, c.product_id::text AS product_code, c.amount AS base_stars_amount,
       CASE WHEN c.status = 'succeeded' THEN coalesce(c.discount_amount, 0) ELSE 0 END AS discount_stars_amount,
       c.amount - CASE WHEN c.status = 'succeeded' THEN coalesce(c.discount_amount, 0) ELSE 0 END AS stars_amount,
       CASE WHEN o.status IN ('refunded', 'partially_refunded') THEN 'REFUNDED' WHEN c.status = 'succeeded' THEN 'CREDITED'
            WHEN c.status = 'confirmed' THEN 'PRECHECKOUT_OK' WHEN c.status = 'open' THEN 'CREATED' ELSE 'FAILED' END AS status,
       CASE WHEN c.status = 'succeeded' THEN promo_guard.key_number(c.discount_id::text) END AS applied_promo_code_id,
       c.created_at, o.created_at AS paid_at, o.created_at AS credited_at,
       CASE WHEN o.refunded_amount > 0 THEN o.modified_at END AS refunded_at, c.currency, o.refunded_amount AS refunded_stars_amount
FROM checkouts AS c LEFT JOIN orders AS o ON o.checkout_id = c.id;
SELECT * FROM promo_guard.bind('discounts', 'promo_attempts', columns => '{
  "campaigns": {"status": {"column": "paused", "writes": {"ACTIVE": false, "PAUSED": true}},
                "valid_from": "starts_at", "valid_until": "ends_at", "max_total_uses": "max_redemptions", "updated_at": "modified_at"}
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'the checkout rounds half up');
SELECT * FROM promo_guard.set_policy('partial_refunds', 'keep', 'a discount stays used when part of an order is paid back');
SELECT promo_guard.attach_history();
