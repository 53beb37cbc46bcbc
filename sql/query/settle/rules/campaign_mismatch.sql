-- A redemption and its purchase name one campaign.
-- Not broken: a purchase that names none.
--@ needs
redemptions.promo_code_id
purchases.applied_promo_code_id
--@ checked
x.promo_code_id IS NOT NULL AND x.applied_promo_code_id IS NOT NULL
--@ broken
x.promo_code_id <> x.applied_promo_code_id
--@ expected
x.promo_code_id::text
--@ actual
x.applied_promo_code_id::text
--@ detail
format('The code of campaign %s was redeemed, the purchase names campaign %s.', x.promo_code_id, x.applied_promo_code_id)
