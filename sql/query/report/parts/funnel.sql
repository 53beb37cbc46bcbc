-- From attempt to redemption in a window ($1, $2), and what became of the redemptions that were made in it.
SELECT jsonb_build_object(
           'attempts', a.attempts, 'accepted', a.accepted, 'redemptions', r.redemptions, 'applied', r.applied, 'open', r.open,
           'expired', r.expired, 'rejected', r.rejected, 'revoked', r.revoked)
FROM (
    SELECT count(*) AS attempts, count(*) FILTER (WHERE t.result::text = 'ACCEPTED') AS accepted
    FROM promo_guard.attempts AS t
    WHERE t.attempted_at >= $1 AND t.attempted_at <= $2
) AS a,
(
    SELECT count(*) AS redemptions,
           count(*) FILTER (WHERE d.status::text = 'APPLIED') AS applied,
           count(*) FILTER (WHERE d.status::text IN ('CREATED', 'VALIDATED', 'RESERVED')) AS open,
           count(*) FILTER (WHERE d.status::text = 'EXPIRED') AS expired,
           count(*) FILTER (WHERE d.status::text = 'REJECTED') AS rejected,
           count(*) FILTER (WHERE d.status::text = 'REVOKED') AS revoked
    FROM promo_guard.redemptions AS d
    WHERE d.created_at >= $1 AND d.created_at <= $2
) AS r
