-- blast_radius: $1 and $2 the window.
WITH campaign AS (
    SELECT coalesce(c.status::text, '(none)') AS status,
           count(*) AS campaigns,
           count(*) FILTER (WHERE c.updated_at >= $1 AND c.updated_at <= $2) AS changed
    FROM promo_guard.campaigns AS c
    GROUP BY 1
),
attempt AS (
@attempts@
),
reservation AS (
    SELECT CASE WHEN c.id IS NOT NULL THEN coalesce(c.status::text, '(none)') END AS status,
           count(*) AS open_reservations,
           coalesce(sum(p.discount_stars_amount), 0)::bigint AS reserved_stars
    FROM promo_guard.redemptions AS r
    LEFT JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id
    LEFT JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
    WHERE r.status = 'RESERVED' AND r.created_at <= $2 AND (r.reserved_until IS NULL OR r.reserved_until > $2)
    GROUP BY 1
),
shown (status, place) AS (
    VALUES ('ACTIVE', 1), ('PAUSED', 2), ('DEPLETED', 3), ('EXPIRED', 4), (NULL, 6)
    UNION ALL
    SELECT c.status, 5 FROM campaign AS c WHERE c.status NOT IN ('ACTIVE', 'PAUSED', 'DEPLETED', 'EXPIRED')
)
SELECT s.status,
       coalesce(c.campaigns, 0) AS campaigns,
       coalesce(c.changed, 0) AS changed,
       coalesce(a.attempts, 0) AS attempts,
       coalesce(a.failed_attempts, 0) AS failed_attempts,
       coalesce(a.failing_users, 0) AS failing_users,
       coalesce(r.open_reservations, 0) AS open_reservations,
       coalesce(r.reserved_stars, 0) AS reserved_stars
FROM shown AS s
LEFT JOIN campaign AS c ON c.status = s.status
LEFT JOIN attempt AS a ON a.status IS NOT DISTINCT FROM s.status
LEFT JOIN reservation AS r ON r.status IS NOT DISTINCT FROM s.status
ORDER BY s.place, s.status
