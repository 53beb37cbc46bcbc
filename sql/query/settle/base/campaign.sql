-- Campaigns touched in the window: one of their redemptions falls into it, or they were made or edited in it.
touched AS (
    SELECT r.promo_code_id AS id FROM redemption AS r WHERE r.in_window AND ($5 IS NULL OR r.promo_code_id = $5)
    UNION
    SELECT c.id
    FROM promo_guard.campaigns AS c
    WHERE ((c.created_at >= $1 AND c.created_at <= $2) OR (c.updated_at >= $1 AND c.updated_at <= $2))
      AND ($5 IS NULL OR c.id = $5)
),
-- Their uses, over all of their history (used_total is today's, so later redemptions count too): a row a campaign, without a
-- user, and a row for each user of a campaign that limits them.
campaign_use AS NOT MATERIALIZED (
    SELECT c.id AS campaign_id, NULL::bigint AS user_id, NULL AS redemption_id, NULL AS shown_purchase_id,
           c.used_total::bigint AS used_total, coalesce(u.applied, 0) AS applied,
           coalesce(CASE WHEN $7 THEN u.applied ELSE u.ever_applied END, 0) AS counted,
           c.max_total_uses::bigint AS max_uses
    FROM touched AS t
    JOIN promo_guard.campaigns AS c ON c.id = t.id
    LEFT JOIN (
        SELECT r.promo_code_id,
               count(*) FILTER (WHERE r.status = 'APPLIED') AS applied,
               count(r.applied_at) AS ever_applied
        FROM promo_guard.redemptions AS r
        WHERE r.promo_code_id IN (SELECT t.id FROM touched AS t)
        GROUP BY r.promo_code_id
    ) AS u ON u.promo_code_id = c.id
    UNION ALL
    SELECT c.id, u.user_id::bigint, NULL, NULL, NULL, u.applied, NULL, c.max_uses_per_user::bigint
    FROM (
        SELECT r.promo_code_id, r.user_id, count(*) AS applied
        FROM promo_guard.redemptions AS r
        WHERE r.status = 'APPLIED' AND r.user_id IS NOT NULL AND r.promo_code_id IN (SELECT t.id FROM touched AS t)
        GROUP BY r.promo_code_id, r.user_id
    ) AS u
    JOIN promo_guard.campaigns AS c ON c.id = u.promo_code_id
    WHERE c.max_uses_per_user IS NOT NULL
)
