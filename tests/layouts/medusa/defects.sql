UPDATE order_line_item_adjustment SET amount = amount + 0.5 WHERE order_id = 'order_3';                             -- wrong_discount
UPDATE order_line_item_adjustment SET amount = 0 WHERE order_id = 'order_22' AND promotion_id = 'promo_2';          -- wrong_discount: the second code gave nothing
DELETE FROM order_promotion WHERE order_id = 'order_30';                                                            -- discount_without_redemption, used_total_drift
UPDATE promotion SET "limit" = 20 WHERE id = 'promo_1';                                                             -- over_redeemed
-- The whole order was paid back, and is not cancelled: refunded_not_revoked.
INSERT INTO order_transaction SELECT 'refund_12', order_id, -amount, 'refund', now() - interval '20 min' FROM order_transaction WHERE order_id = 'order_12';
