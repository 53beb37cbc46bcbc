-- The redemptions of campaigns $1, each from its $2 up to $3 (as_of): when they were bought with, and whether that was paid back. One revoked after its purchase was paid back was bought with.
SELECT p.place - 1, :user(r)::bigint, r.created_at::timestamptz, x.applied_at, r.status = 'REVOKED' AND x.applied_at IS NOT NULL
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
JOIN promo_guard.redemptions AS r ON r.promo_code_id = p.id AND r.created_at >= p.since AND r.created_at <= $3
CROSS JOIN LATERAL (
    SELECT CASE WHEN (r.status = 'APPLIED' OR r.applied_at IS NOT NULL) AND coalesce(r.applied_at, r.created_at) <= $3
                THEN coalesce(r.applied_at, r.updated_at, r.created_at)::timestamptz END AS applied_at
) AS x
ORDER BY p.place, r.created_at
