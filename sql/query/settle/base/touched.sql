-- Campaigns touched in the window, each with how many of its redemptions fall into it. Touched: there are any, or the campaign was
-- made or edited in the window: those of $6 where it is given. $5 only this one.
SELECT t.id::bigint, sum(t.redemptions)::bigint
FROM (
    SELECT r.promo_code_id AS id, count(*) AS redemptions
    FROM redemption AS r
    WHERE r.in_window AND r.promo_code_id IS NOT NULL AND ($5 IS NULL OR r.promo_code_id = $5)
    GROUP BY r.promo_code_id
    UNION ALL
    SELECT g.id, 0
    FROM (SELECT unnest($6::bigint[]) AS id) AS g
    UNION ALL
    SELECT c.id, 0
    FROM promo_guard.campaigns AS c
    WHERE $6::bigint[] IS NULL AND ((c.created_at >= $1 AND c.created_at <= $2) OR (c.updated_at >= $1 AND c.updated_at <= $2))
      AND ($5 IS NULL OR c.id = $5)
) AS t
GROUP BY t.id
