-- A checkout that the payment provider was told to go on with ends: it is paid, or it fails.
-- Pending: begun less than policy payment_grace ago.
--@ needs
purchases.created_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status = 'PRECHECKOUT_OK'
--@ broken
true
--@ pending
x.ordered_at >= $4
--@ expected
'paid or FAILED'
--@ actual
x.purchase_status::text
--@ detail
format('Begun at %s, neither paid nor given up since.', coalesce(x.ordered_at::text, 'a time that is not recorded'))
