-- A campaign has no more applied redemptions than max_total_uses, and no user more than max_uses_per_user. All of the
-- campaign's history is counted, whatever the window; a line with a user is about that user's limit.
-- Not broken: redemptions revoked since, and redemptions of users who are not known (as to a user's limit).
--@ needs
redemptions.promo_code_id
--@ checked
x.max_uses IS NOT NULL
--@ broken
x.applied > x.max_uses
--@ expected
x.max_uses::text
--@ actual
x.applied::text
--@ detail
CASE WHEN x.whole THEN format('%s redemptions are applied, the campaign allows %s.', x.applied, x.max_uses)
     ELSE format('User %s has %s applied redemptions, the campaign allows %s a user.', x.user_id, x.applied, x.max_uses) END
