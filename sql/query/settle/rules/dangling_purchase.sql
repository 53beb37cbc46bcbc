-- The purchase that a redemption points to exists.
--@ needs
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.applied_purchase_id IS NOT NULL
--@ broken
x.purchase_id IS NULL
--@ expected
'a purchase'
--@ actual
'none'
--@ detail
format('The redemption is %s and points to a purchase that does not exist.', x.redemption_status)
