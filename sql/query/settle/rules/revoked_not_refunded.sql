-- A redemption that was applied and then revoked has its purchase refunded.
-- Not broken: a reservation revoked before any credit, which was never applied; a purchase refunded in part.
--@ needs
redemptions.applied_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.redemption_status = 'REVOKED' AND x.applied_at IS NOT NULL AND x.purchase_id IS NOT NULL
--@ broken
x.purchase_status = 'CREDITED' AND (x.refunded_amount > 0) IS NOT TRUE
--@ expected
'REFUNDED'
--@ actual
x.purchase_status::text
--@ detail
format('The redemption was applied at %s and revoked since, the purchase stands with %s %s off.',
       x.applied_at, coalesce(x.discount_stars_amount, 0), :unit)
