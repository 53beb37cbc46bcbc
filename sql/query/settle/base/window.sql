-- Redemptions and purchases, each with whether one of its times lies in the window. Inlined wherever they are named:
-- nothing is materialised, and every column stays the application's own.
-- A row made after as_of is not counted.
any_redemption AS NOT MATERIALIZED (
    SELECT r.*,
           (r.created_at >= $1 AND r.created_at <= $2) OR (r.applied_at >= $1 AND r.applied_at <= $2)
               OR (r.updated_at >= $1 AND r.updated_at <= $2) AS in_window,
           (r.created_at > $2) IS TRUE AS later
    FROM promo_guard.redemptions AS r
),
redemption AS NOT MATERIALIZED (
    SELECT r.* FROM any_redemption AS r WHERE NOT r.later
),
purchase AS NOT MATERIALIZED (
    SELECT p.*,
           (p.created_at >= $1 AND p.created_at <= $2) OR (p.paid_at >= $1 AND p.paid_at <= $2)
               OR (p.credited_at >= $1 AND p.credited_at <= $2) OR (p.refunded_at >= $1 AND p.refunded_at <= $2)
               AS in_window
    FROM promo_guard.purchases AS p
    WHERE (p.created_at > $2) IS NOT TRUE
)
