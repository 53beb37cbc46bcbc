-- A discount given on a paid purchase is the one that its redemption promised (policies discount_rounding, amount_tolerance,
-- codes_per_purchase).
-- Not broken: a campaign edited since; what counts is the snapshot taken when the code was accepted.
--@ needs
purchases.base_stars_amount
redemptions.validation_snapshot | redemptions.promo_code_id
redemptions.validation_snapshot | campaigns.discount_value | campaigns.discount_percent
--@ checked
x.redemption_id IS NOT NULL
AND x.purchase_status IN ('CREDITED', 'REFUNDED', 'PAID_UNCREDITED', 'FAILED_CREDIT_PENDING_REVIEW')
AND x.expected_discount IS NOT NULL
--@ broken
x.discount_stars_amount <> 0 AND x.discount_stars_amount <> x.expected_discount
AND abs(x.discount_stars_amount::numeric - x.expected_discount) > :tolerance
--@ expected
x.expected_discount::text
--@ actual
x.discount_stars_amount::text
--@ detail
format('The user was promised %s %s off %s and was given %s: %s by %s.',
       x.expected_discount, :unit, x.base_stars_amount, x.discount_stars_amount,
       CASE WHEN x.discount_stars_amount > x.expected_discount THEN 'too much' ELSE 'too little' END,
       abs(x.discount_stars_amount::numeric - x.expected_discount))
