UPDATE checkouts SET discount_amount = discount_amount + 2 WHERE id = md5('a7')::uuid;                                  -- wrong_discount
DELETE FROM discount_redemptions WHERE checkout_id = md5('a8')::uuid;                                                   -- discount_without_redemption, used_total_drift
UPDATE discounts SET max_redemptions = 28 WHERE code = 'LAUNCH';                                                        -- over_redeemed
-- A checkout failed, and its redemption still counts: reservation_overdue, used_total_drift.
UPDATE checkouts SET status = 'failed', expires_at = now() - interval '20 min' WHERE id = md5('b3')::uuid;
DELETE FROM orders WHERE checkout_id = md5('b3')::uuid;
