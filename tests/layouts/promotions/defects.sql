UPDATE "order" SET discount = 1000 WHERE id = 3;                                  -- wrong_discount: the second code gave nothing
UPDATE "order" SET discount = 900 WHERE id = 17;                                  -- wrong_discount
DELETE FROM order_promotions_promotion WHERE "orderId" = 20;                      -- discount_without_redemption
UPDATE promotion SET "usageLimit" = 14 WHERE id = 1;                              -- over_redeemed
