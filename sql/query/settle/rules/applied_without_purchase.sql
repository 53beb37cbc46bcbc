-- A discount that was applied was applied to a purchase.
-- Not broken: a grant of premium days, which needs none.
--@ needs
redemptions.promo_code_id
campaigns.promo_type | redemptions.validation_snapshot
--@ skips
x.redemption_status = 'APPLIED' AND x.purchase_status = 'CREDITED'
--@ checked
x.redemption_status = 'APPLIED'
AND coalesce(x.promo_type <> 'PREMIUM_GRANT', x.validation_snapshot ? 'discount_type')
--@ broken
x.applied_purchase_id IS NULL
--@ expected
'a purchase'
--@ actual
'none'
--@ detail
'The discount counts as used, and no purchase is linked to it.'
