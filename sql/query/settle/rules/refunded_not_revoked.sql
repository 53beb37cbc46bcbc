-- The redemption of a refunded purchase is not applied any more.
-- Pending: refunded less than policy settle_grace ago; a job revokes it within minutes.
--@ needs
purchases.refunded_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status = 'REFUNDED' AND x.redemption_id IS NOT NULL
--@ broken
x.redemption_status = 'APPLIED'
--@ pending
x.refunded_at > $3
--@ expected
'REVOKED'
--@ actual
x.redemption_status::text
--@ detail
format('The purchase was refunded at %s, its redemption still counts as a use.', x.refunded_at)
