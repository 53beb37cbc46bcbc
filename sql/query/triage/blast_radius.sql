-- blast_radius without its attempts: campaigns and open reservations by status; $1 and $2 the window; $3 the campaigns
-- edited in it, null = not known. Of purchases only those of open reservations are read.
WITH reserved AS MATERIALIZED (
    SELECT r.promo_code_id, r.applied_purchase_id
    FROM promo_guard.redemptions AS r
    WHERE r.status = 'RESERVED' AND r.created_at <= $2 AND (r.reserved_until IS NULL OR r.reserved_until > $2)
),
paid AS MATERIALIZED (
    SELECT p.id, p.discount_stars_amount
    FROM promo_guard.purchases AS p
    WHERE p.id = ANY (ARRAY(SELECT r.applied_purchase_id FROM reserved AS r WHERE r.applied_purchase_id IS NOT NULL))
)
SELECT s.status,
       sum(s.campaigns)::bigint, sum(s.changed)::bigint, sum(s.open_reservations)::bigint, sum(s.reserved_stars)::bigint
FROM (
    -- An index on the status counts alone, and one on the last edit finds the few that changed.
    SELECT coalesce(c.status::text, '(none)') AS status, count(*) AS campaigns, 0 AS changed, 0 AS open_reservations, 0 AS reserved_stars
    FROM promo_guard.campaigns AS c
    GROUP BY c.status
    UNION ALL
    SELECT coalesce(c.status::text, '(none)'), 0, count(*), 0, 0
    FROM promo_guard.campaigns AS c
    WHERE $3::bigint[] IS NULL AND c.updated_at >= $1 AND c.updated_at <= $2
    GROUP BY c.status
    UNION ALL
    SELECT coalesce(c.status::text, '(none)'), 0, count(*), 0, 0
    FROM promo_guard.campaigns AS c
    WHERE c.id = ANY ($3)
    GROUP BY c.status
    UNION ALL
    SELECT CASE WHEN c.id IS NOT NULL THEN coalesce(c.status::text, '(none)') END, 0, 0, count(*), coalesce(sum(p.discount_stars_amount), 0)::bigint
    FROM reserved AS r
    LEFT JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id
    LEFT JOIN paid AS p ON p.id = r.applied_purchase_id
    GROUP BY 1
) AS s
GROUP BY 1
