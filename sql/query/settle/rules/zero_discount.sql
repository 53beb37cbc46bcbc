-- A paid purchase has the discount that its redemption promised, where that is more than nothing.
-- Not broken: a base so small that the discount rounds to nothing.
--@ needs
purchases.base_stars_amount
redemptions.validation_snapshot | redemptions.promo_code_id
redemptions.validation_snapshot | campaigns.discount_value | campaigns.discount_percent
--@ checked
x.redemption_id IS NOT NULL
AND x.purchase_status IN ('CREDITED', 'REFUNDED', 'PAID_UNCREDITED', 'FAILED_CREDIT_PENDING_REVIEW')
AND x.expected_discount IS NOT NULL
--@ broken
coalesce(x.discount_stars_amount, 0) = 0 AND x.expected_discount > :tolerance
--@ expected
x.expected_discount::text
--@ actual
'0'
--@ detail
format('The user was promised %s %s off %s and paid %s.',
       x.expected_discount, :unit, x.base_stars_amount, coalesce(x.stars_amount::text, 'an amount that is not recorded'))
