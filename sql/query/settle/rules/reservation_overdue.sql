-- A reservation ends: it is applied, or it expires.
-- Pending: over its time for less than policy settle_grace; a job ends it within a minute.
--@ needs
redemptions.reserved_until
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.redemption_status = 'RESERVED'
--@ broken
x.reserved_until < $2
--@ pending
x.reserved_until >= $3
--@ expected
'EXPIRED or APPLIED'
--@ actual
x.redemption_status::text
--@ detail
format('It was reserved until %s, and still holds a use.', x.reserved_until)
