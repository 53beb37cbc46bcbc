-- A redemption and its purchase name one campaign.
-- Not broken: a purchase that names none, or the campaign of another code that it took (policy codes_per_purchase).
--@ needs
redemptions.promo_code_id
purchases.applied_promo_code_id
--@ checked
x.promo_code_id IS NOT NULL AND x.applied_promo_code_id IS NOT NULL
--@ broken
x.promo_code_id <> x.applied_promo_code_id AND :other_code IS NOT TRUE
--@ expected
x.promo_code_id::text
--@ actual
x.applied_promo_code_id::text
--@ detail
format('The code of campaign %s was redeemed, the purchase names campaign %s.', x.promo_code_id, x.applied_promo_code_id)
