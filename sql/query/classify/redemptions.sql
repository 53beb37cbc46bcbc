-- The redemptions of campaigns $1, each from its $2 up to $3 (as_of): when they were bought with. One revoked after its purchase was paid back was bought with.
SELECT p.place - 1, :user(r)::bigint, r.created_at::timestamptz,
       CASE WHEN (r.status = 'APPLIED' OR r.applied_at IS NOT NULL) AND coalesce(r.applied_at, r.created_at) <= $3
            THEN coalesce(r.applied_at, r.updated_at, r.created_at)::timestamptz END
FROM (
    SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since
) AS p
JOIN promo_guard.redemptions AS r ON r.promo_code_id = p.id AND r.created_at >= p.since AND r.created_at <= $3
WHERE r.promo_code_id = ANY ($1)
ORDER BY p.place, r.created_at
