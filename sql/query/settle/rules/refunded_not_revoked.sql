-- The redemption of a refunded purchase is not applied any more.
-- Not broken: a purchase refunded in part, where policy partial_refunds keeps the redemption.
-- Pending: refunded less than policy settle_grace ago; a job revokes it within minutes.
--@ needs
purchases.refunded_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status = 'REFUNDED' AND x.redemption_id IS NOT NULL
--@ broken
x.redemption_status = 'APPLIED' AND (:partial_refunds_keep AND x.refunded_amount < x.stars_amount) IS NOT TRUE
--@ pending
x.refunded_at > $3
--@ expected
'REVOKED'
--@ actual
x.redemption_status::text
--@ detail
format('The purchase was refunded at %s, its redemption still counts as a use.', x.refunded_at)
