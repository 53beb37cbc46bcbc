-- The purchase of an applied redemption was credited (it may have been refunded since).
-- Pending: applied less than policy settle_grace ago; the credit may be under way.
--@ needs
redemptions.applied_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.redemption_status = 'APPLIED' AND x.purchase_id IS NOT NULL
--@ broken
x.purchase_status NOT IN ('CREDITED', 'REFUNDED')
--@ pending
x.applied_at > $3
--@ expected
'CREDITED or REFUNDED'
--@ actual
x.purchase_status::text
--@ detail
format('The redemption was applied at %s, its purchase is %s.', x.applied_at, x.purchase_status)
