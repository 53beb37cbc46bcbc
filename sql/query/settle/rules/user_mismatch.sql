-- A redemption and its purchase are of one user.
-- Not broken: a user who is not known on either side.
--@ needs
redemptions.user_id
purchases.user_id
--@ checked
x.redemption_user_id IS NOT NULL AND x.purchase_user_id IS NOT NULL
--@ broken
x.redemption_user_id <> x.purchase_user_id
--@ expected
x.redemption_user_id::text
--@ actual
x.purchase_user_id::text
--@ detail
format('User %s redeemed the code, user %s has the purchase.', x.redemption_user_id, x.purchase_user_id)
