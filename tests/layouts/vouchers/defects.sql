UPDATE shop_orders SET total = total - 1 WHERE id = md5('a7')::uuid;                                     -- wrong_discount
UPDATE shop_orders SET total = 16 WHERE id = md5('b2')::uuid;                                            -- wrong_discount, in EUR
UPDATE shop_orders SET status = 'fulfilled' WHERE id = md5('a6')::uuid;                                  -- refunded_not_revoked
UPDATE shop_orders SET user_id = 1 WHERE id = md5('a2')::uuid;                                           -- over_redeemed by user 1
