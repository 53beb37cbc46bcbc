-- blast_radius: $1 and $2 the window, $3 the results that count as failures.
WITH campaign AS (
    SELECT coalesce(c.status::text, '(none)') AS status,
           count(*) AS campaigns,
           count(*) FILTER (WHERE c.updated_at >= $1 AND c.updated_at <= $2) AS changed
    FROM promo_guard.campaigns AS c
    GROUP BY 1
),
attempt AS (
    -- By user first: a parallel hash aggregate, where count(DISTINCT …) would sort every row in one process.
    SELECT u.status,
           sum(u.attempts)::bigint AS attempts,
           sum(u.failed)::bigint AS failed_attempts,
           count(u.user_id) FILTER (WHERE u.failed > 0) AS failing_users
    FROM (
        SELECT CASE WHEN c.id IS NOT NULL THEN coalesce(c.status::text, '(none)') END AS status,
               a.user_id,
               count(*) AS attempts,
               count(*) FILTER (WHERE a.result::text = ANY ($3)) AS failed
        FROM promo_guard.attempts AS a
        LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = a.code_hash
        WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
        GROUP BY 1, 2
    ) AS u
    GROUP BY u.status
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
