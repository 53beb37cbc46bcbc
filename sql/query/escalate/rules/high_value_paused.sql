-- Of campaigns ($1) paused since ($2): whether there is anything left to pause (not ended as of $3), and the discount stars that
-- each gave since ($4), 7 days before. A purchase names its campaign itself, or its redemption does: either will do, once.
WITH asked AS MATERIALIZED (
    SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS paused_at, unnest($4::timestamptz[]) AS a_week_before
),
used AS MATERIALIZED (
    SELECT r.promo_code_id::bigint AS id, r.applied_purchase_id
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = ANY ($1) AND r.applied_purchase_id IS NOT NULL
),
named AS MATERIALIZED (
    SELECT g.id, p.id AS purchase_id, p.discount_stars_amount
    FROM asked AS g
    JOIN promo_guard.purchases AS p ON p.applied_promo_code_id = g.id
    WHERE p.credited_at > g.a_week_before AND p.credited_at <= g.paused_at
),
redeemed AS MATERIALIZED (
    SELECT g.id, p.id AS purchase_id, p.discount_stars_amount
    FROM asked AS g
    JOIN used AS u ON u.id = g.id
    JOIN promo_guard.purchases AS p ON p.id = u.applied_purchase_id
    WHERE p.credited_at > g.a_week_before AND p.credited_at <= g.paused_at
)
SELECT g.id, c.valid_until IS NULL OR c.valid_until > $3, coalesce(s.stars, 0)
FROM asked AS g
JOIN promo_guard.campaigns AS c ON c.id = g.id
LEFT JOIN (
    SELECT d.id, sum(d.discount_stars_amount)::bigint AS stars
    FROM (SELECT n.* FROM named AS n UNION SELECT r.* FROM redeemed AS r) AS d
    GROUP BY d.id
) AS s ON s.id = g.id
