-- Of campaigns ($1) paused since ($2): whether there is anything left to pause (not ended as of $3), and the discount stars that
-- each gave since ($4), 7 days before. A purchase names its campaign itself, or its redemption does: either will do, once.
SELECT g.id, c.valid_until IS NULL OR c.valid_until > $3, coalesce(s.stars, 0)
FROM unnest($1::bigint[], $2::timestamptz[], $4::timestamptz[]) AS g (id, paused_at, a_week_before)
JOIN promo_guard.campaigns AS c ON c.id = g.id
LEFT JOIN LATERAL (
    SELECT sum(d.discount_stars_amount)::bigint AS stars
    FROM (
        SELECT p.id, p.discount_stars_amount
        FROM promo_guard.purchases AS p
        WHERE p.applied_promo_code_id = g.id
          AND p.credited_at > g.a_week_before AND p.credited_at <= g.paused_at
        UNION
        SELECT p.id, p.discount_stars_amount
        FROM promo_guard.redemptions AS r
        JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
        WHERE r.promo_code_id = g.id
          AND p.credited_at > g.a_week_before AND p.credited_at <= g.paused_at
    ) AS d
) AS s ON true
