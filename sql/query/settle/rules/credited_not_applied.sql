-- The redemption of a credited purchase is applied (or was revoked since).
-- Pending: credited less than policy settle_grace ago; the redemption may be about to follow.
--@ needs
purchases.credited_at
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.purchase_status = 'CREDITED' AND x.redemption_id IS NOT NULL
--@ broken
x.redemption_status NOT IN ('APPLIED', 'REVOKED')
--@ pending
x.credited_at > $3
--@ expected
'APPLIED'
--@ actual
x.redemption_status::text
--@ detail
format('The purchase was credited at %s with %s %s off, the redemption is %s: it does not count as a use.',
       x.credited_at, coalesce(x.discount_stars_amount, 0), :unit, x.redemption_status)
