SELECT * FROM promo_guard.bind('coupons', 'coupon_tries', 'coupon_uses', 'orders', '{
  "campaigns": {
    "code_hash": "code_hmac", "code_prefix": "prefix", "campaign_name": "name", "discount_value": "percent",
    "status": {"column": "state", "words": {"active": "ACTIVE", "disabled": "PAUSED", "ended": "EXPIRED"}},
    "valid_from": "starts", "valid_until": {"sql": "coalesce(t.ends, ''infinity'')"},
    "max_total_uses": "max_uses", "used_total": "uses", "updated_at": "touched"
  },
  "attempts": {
    "user_id": "customer", "code_hash": "code_hmac", "attempted_at": "at",
    "result": {"column": "outcome",
               "words": {"ok": "ACCEPTED", "not_found": "INVALID", "expired": "EXPIRED", "not_eligible": "NOT_APPLICABLE", "limited": "RATE_LIMITED"}}
  },
  "redemptions": {
    "promo_code_id": "coupon", "user_id": "customer", "applied_purchase_id": "order_id", "created_at": "at", "applied_at": "used_at",
    "status": {"column": "state", "words": {"held": "RESERVED", "used": "APPLIED", "taken_back": "REVOKED"}}
  },
  "purchases": {
    "user_id": "customer", "applied_promo_code_id": "coupon", "created_at": "at", "credited_at": "paid_at",
    "base_stars_amount": {"column": "gross", "scale": 2},
    "discount_stars_amount": {"column": "discount", "scale": 2},
    "stars_amount": {"column": "net", "scale": 2},
    "status": {"column": "state", "words": {"open": "CREATED", "paid": "CREDITED", "refunded": "REFUNDED", "failed": "FAILED"}}
  }
}');
SELECT * FROM promo_guard.set_policy('discount_rounding', 'half_up', 'our checkout rounds the discount half up');
SELECT promo_guard.attach_history();
