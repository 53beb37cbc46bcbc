-- The last $3 redemptions of campaign $1 made up to $2, newest first; what became of each, as of $4. One revoked after it was
-- applied was bought with; without applied_at its status must do.
SELECT r.created_at::timestamptz,
       CASE WHEN r.applied_at IS NOT NULL THEN r.applied_at::timestamptz
            WHEN r.status = 'APPLIED' THEN r.created_at::timestamptz END,
       r.status IN ('EXPIRED', 'REJECTED', 'REVOKED') OR (r.status = 'RESERVED' AND r.reserved_until <= $4) IS TRUE
FROM promo_guard.redemptions AS r
WHERE r.promo_code_id = $1 AND r.created_at <= $2
ORDER BY r.created_at DESC
LIMIT $3
