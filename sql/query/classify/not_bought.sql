-- The latest 200 redemptions of campaigns $1 before $2 (one of each a campaign), newest first, and whether each was bought with.
SELECT t.place - 1, t.created_at, t.bought
FROM (
    SELECT p.place, r.created_at::timestamptz AS created_at, r.status = 'APPLIED' OR r.applied_at IS NOT NULL AS bought,
           row_number() OVER (PARTITION BY p.place ORDER BY r.created_at DESC) AS nth
    FROM (
        SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since
    ) AS p
    JOIN promo_guard.redemptions AS r ON r.promo_code_id = p.id AND r.created_at < p.since
    WHERE r.promo_code_id = ANY ($1)
) AS t
WHERE t.nth <= 200
ORDER BY t.place, t.nth
