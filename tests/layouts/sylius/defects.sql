UPDATE sylius_adjustment SET amount = amount - 30 WHERE order_id = 7 AND type = 'order_promotion';           -- wrong_discount
DELETE FROM sylius_adjustment WHERE order_id = 8 AND type = 'order_promotion';                               -- zero_discount
UPDATE sylius_order SET promotion_coupon_id = NULL WHERE id = 9;                                             -- discount_without_redemption, used_total_drift
UPDATE sylius_order SET customer_id = 1 WHERE id = 2;                                                        -- over_redeemed by user 1
