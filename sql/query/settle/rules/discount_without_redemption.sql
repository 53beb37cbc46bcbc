-- A discount on a credited purchase comes from a redemption.
-- Not broken: a purchase that names a campaign and was given nothing off; nobody gained or lost by it.
--@ needs
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status = 'CREDITED' AND x.discount_stars_amount > 0
--@ broken
x.redemption_id IS NULL
--@ expected
'a redemption'
--@ actual
'none'
--@ detail
format('%s %s were taken off, and no redemption points to the purchase.', x.discount_stars_amount, :unit)
