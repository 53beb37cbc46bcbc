-- Base price, less discount, is what there is to pay (within policy amount_tolerance).
--@ needs
purchases.base_stars_amount
purchases.stars_amount
--@ checked
x.base_stars_amount IS NOT NULL AND x.stars_amount IS NOT NULL
--@ broken
(-- Of one sign the two cannot overflow; otherwise numbers of any length are used.
CASE WHEN (x.base_stars_amount < 0) = (coalesce(x.discount_stars_amount, 0) < 0)
     THEN x.base_stars_amount::bigint - coalesce(x.discount_stars_amount, 0)::bigint <> x.stars_amount
     ELSE x.base_stars_amount::numeric - coalesce(x.discount_stars_amount, 0) <> x.stars_amount END)
AND abs(x.base_stars_amount::numeric - coalesce(x.discount_stars_amount, 0) - x.stars_amount) > :tolerance
--@ expected
(x.base_stars_amount::numeric - coalesce(x.discount_stars_amount, 0))::text
--@ actual
x.stars_amount::text
--@ detail
format('%s %s less %s off are not %s.', x.base_stars_amount, :unit, coalesce(x.discount_stars_amount, 0), x.stars_amount)
