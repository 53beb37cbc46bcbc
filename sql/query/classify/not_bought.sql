-- The latest 200 redemptions of campaigns $1 before $2 (one of each a campaign), newest first, and whether each was bought with.
SELECT p.place - 1, r.created_at, r.bought
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
CROSS JOIN LATERAL (
    SELECT r.created_at::timestamptz AS created_at, r.status = 'APPLIED' OR r.applied_at IS NOT NULL AS bought
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = p.id AND r.created_at < p.since
    ORDER BY r.created_at DESC
    LIMIT 200
) AS r
ORDER BY p.place, r.created_at DESC
