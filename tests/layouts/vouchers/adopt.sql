\i sql/reference/attempts.sql
SELECT * FROM promo_guard.bind('voucher_codes', 'promo_attempts', 'shop_orders', 'shop_orders', '{
  "campaigns": {
    "code_hash": "code_hmac", "code_prefix": "hint", "campaign_name": "campaign", "discount_value": "value", "discount_currency": "currency",
    "discount_type": {"column": "kind", "words": {"percentage": "PERCENT", "fixed": "FIXED"}},
    "status": {"sql": "CASE WHEN NOT t.is_active THEN ''PAUSED'' WHEN t.end_date <= now() THEN ''EXPIRED'' ELSE ''ACTIVE'' END",
               "column": "is_active", "writes": {"ACTIVE": true, "PAUSED": false}},
    "valid_from": "start_date", "valid_until": {"sql": "coalesce(t.end_date, ''infinity'')"},
    "max_total_uses": "usage_limit", "max_uses_per_user": {"value": 1}, "updated_at": {"sql": "t.created_at"}
  },
  "redemptions": {
    "promo_code_id": "voucher_id", "applied_at": "created_at",
    "applied_purchase_id": {"sql": "CASE WHEN t.voucher_id IS NOT NULL THEN t.id END"},
    "status": {"sql": "CASE WHEN t.voucher_id IS NULL THEN ''REJECTED'' WHEN t.status IN (''canceled'', ''returned'') THEN ''REVOKED'' ELSE ''APPLIED'' END"}
  },
  "purchases": {
    "applied_promo_code_id": "voucher_id", "credited_at": "created_at",
    "base_stars_amount": {"column": "undiscounted", "scale": 2},
    "discount_stars_amount": {"sql": "round((t.undiscounted - t.total) * 100)::bigint"},
    "stars_amount": {"column": "total", "scale": 2},
    "refunded_stars_amount": {"column": "refunded", "scale": 2},
    "refunded_at": {"sql": "CASE WHEN t.refunded > 0 THEN t.updated_at END"},
    "status": {"column": "charge", "words": {"none": "CREATED", "full": "CREDITED", "part_refunded": "REFUNDED", "refunded": "REFUNDED"}}
  }
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'our checkout rounds the discount half up');
SELECT * FROM promo_guard.set_policy('partial_refunds', 'keep', 'a voucher stays used when one item is sent back');
SELECT * FROM promo_guard.set_policy('nobody_user_ids', '{0}', 'user 0 stands for guests');
SELECT promo_guard.attach_history();
