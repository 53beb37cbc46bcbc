-- A campaign has no more uses than max_total_uses (policy used_total_counts), and no user more applied redemptions than
-- max_uses_per_user. All of the
-- campaign's history is counted, whatever the window; a line with a user is about that user's limit.
-- Not broken: redemptions of users who are not known, and redemptions revoked since (as to a user's limit).
--@ needs
redemptions.promo_code_id
--@ checked
x.max_uses IS NOT NULL
--@ broken
greatest(x.applied, x.counted) > x.max_uses
--@ expected
x.max_uses::text
--@ actual
greatest(x.applied, x.counted)::text
--@ detail
CASE WHEN x.whole AND x.counted > x.applied
     THEN format('%s redemptions count as uses (%s applied now, the others revoked since), the campaign allows %s.',
                 x.counted, x.applied, x.max_uses)
     WHEN x.whole THEN format('%s redemptions are applied, the campaign allows %s.', x.applied, x.max_uses)
     ELSE format('User %s has %s applied redemptions, the campaign allows %s a user.', x.user_id, x.applied, x.max_uses) END
