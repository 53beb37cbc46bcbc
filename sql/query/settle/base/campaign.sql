-- The uses of the campaigns touched in the window ($8, with their numbers in $9 and $10), over all of their history: a row a
-- campaign, and a row for each of its users with more than one use.
campaign_use AS NOT MATERIALIZED (
    SELECT c.id AS campaign_id, NULL::bigint AS user_id, NULL AS redemption_id, NULL AS shown_purchase_id, true AS whole,
           c.used_total::bigint AS used_total, u.applied,
           CASE WHEN :counts_applied THEN u.applied ELSE u.ever_applied END AS counted,
           c.max_total_uses::bigint AS max_uses
    FROM (SELECT unnest($8::bigint[]) AS campaign_id, unnest($9::bigint[]) AS applied, unnest($10::bigint[]) AS ever_applied) AS u
    JOIN promo_guard.campaigns AS c ON c.id = u.campaign_id
    UNION ALL
    -- To group every use by user takes a hash table of all of them in one process; $14 has a bit for each user and campaign that
    -- may have more than one, which leaves little to group. A single use exceeds a limit of none.
    SELECT c.id, u.user_id::bigint, NULL, NULL, false, NULL, u.applied, NULL, c.max_uses_per_user::bigint
    FROM (
        SELECT r.promo_code_id, :user_of_r AS user_id, count(*) AS applied
        FROM promo_guard.redemptions AS r
        WHERE r.status = 'APPLIED' AND r.promo_code_id = ANY ($8) AND :user_of_r IS NOT NULL
          AND ($14 IS NULL OR get_bit($14, :use & :uses) = 1
               OR r.promo_code_id = ANY (ARRAY(SELECT c.id FROM promo_guard.campaigns AS c
                                               WHERE c.id = ANY ($8) AND c.max_uses_per_user < 1)))
        GROUP BY r.promo_code_id, :user_of_r
    ) AS u
    JOIN promo_guard.campaigns AS c ON c.id = u.promo_code_id
    WHERE u.applied > 1 OR c.max_uses_per_user < 1
)
