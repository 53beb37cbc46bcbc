-- What was paid is credited.
-- Pending: paid less than policy payment_grace ago.
--@ needs
purchases.paid_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status IN ('PAID_UNCREDITED', 'FAILED_CREDIT_PENDING_REVIEW')
--@ broken
true
--@ pending
x.paid_at >= $4
--@ expected
'CREDITED'
--@ actual
x.purchase_status::text
--@ detail
format('Paid at %s, not credited since.', coalesce(x.paid_at::text, 'a time that is not recorded'))
