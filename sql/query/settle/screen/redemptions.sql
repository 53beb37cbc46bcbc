-- One scan of all redemptions: class and token of those in the window; which campaigns they touch and how often those were used,
-- over all of their history (used_total is today's, so redemptions later than as_of count too); and who may have used one more
-- than once.
SELECT promo_guard.settle_sketch(
           CASE WHEN r.in_window AND NOT r.later THEN r.class END,
           r.token,
           r.promo_code_id::bigint,
           CASE WHEN r.status = 'APPLIED' THEN :use END,
           r.status = 'APPLIED',
           r.applied_at IS NOT NULL)
FROM redemption_state AS r
