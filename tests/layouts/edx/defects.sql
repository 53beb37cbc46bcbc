UPDATE ecommerce_order SET total_price_paid = 899.10 WHERE id = 5;                                   -- wrong_discount: 20 % was promised
DELETE FROM ecommerce_couponredemption WHERE order_id = 33;                                          -- discount_without_redemption
INSERT INTO ecommerce_couponpaymentversion SELECT 4, now(), 1, coupon_type, 20, 1, amount, discount_type, activation_date, expiration_date
FROM ecommerce_couponpaymentversion WHERE id = 2;
INSERT INTO ecommerce_couponversion VALUES (4, now(), 1, 4);                                         -- over_redeemed: 21 of 20
UPDATE ecommerce_order SET total_price_paid = 999 WHERE id = 34;                                     -- zero_discount
