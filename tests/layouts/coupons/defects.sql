UPDATE orders SET discount = discount + 0.10, net = net - 0.10 WHERE id = 7;      -- wrong_discount
UPDATE orders SET discount = 0, net = gross WHERE id = 8;                         -- zero_discount
DELETE FROM coupon_uses WHERE order_id = 9;                                       -- discount_without_redemption, used_total_drift
UPDATE coupon_uses SET state = 'used' WHERE order_id = 40;                        -- refunded_not_revoked
UPDATE coupons SET max_uses = 38 WHERE id = 1;                                    -- over_redeemed
