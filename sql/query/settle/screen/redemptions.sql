-- One scan of all redemptions: class and token of those in the window, and who may have used a campaign more than once, over all of
-- their history.
SELECT promo_guard.settle_sketch(
           CASE WHEN r.in_window AND NOT r.later THEN r.class END,
           r.token,
           CASE WHEN r.status = 'APPLIED' THEN :use END)
FROM redemption_state AS r
