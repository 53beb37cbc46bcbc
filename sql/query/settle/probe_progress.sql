-- probe_progress: one user's redemption of one code, a row a step. $1 the code's hash, compared as the column's own type
-- wants it; $2 the user; $3 the moment before which everything belongs to another redemption.
WITH code AS (
    SELECT c.id, c.code_hash, c.promo_type FROM promo_guard.campaigns AS c WHERE :same_hash LIMIT 1
),
-- An attempt that was accepted is the one that led on, whatever was tried beside it.
attempt AS (
    SELECT a.id::text, a.result::text, a.attempted_at::timestamptz AS at, a.source::text, a.metadata ->> 'reason' AS reason
    FROM code AS c
    JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash
    WHERE a.user_id = $2 AND a.attempted_at >= $3
    ORDER BY a.result = 'ACCEPTED' DESC, a.attempted_at DESC
    LIMIT 1
),
redemption AS (
    SELECT r.id::text, r.status::text, r.applied_purchase_id, r.reserved_until::timestamptz,
           coalesce(CASE WHEN r.status = 'APPLIED' THEN r.applied_at END, r.updated_at, r.created_at)::timestamptz AS at
    FROM code AS c
    JOIN promo_guard.redemptions AS r ON r.promo_code_id = c.id
    WHERE r.user_id = $2 AND r.created_at >= $3
    ORDER BY r.created_at DESC
    LIMIT 1
),
purchase AS (
    SELECT p.id::text, p.status::text, p.base_stars_amount, coalesce(p.discount_stars_amount, 0) AS off,
           coalesce(p.refunded_at, p.credited_at, p.paid_at, p.created_at)::timestamptz AS at
    FROM redemption AS r
    JOIN promo_guard.purchases AS p ON p.id = r.applied_purchase_id
),
step AS (
    SELECT 1 AS position,
           CASE WHEN a.result = 'ACCEPTED' THEN 'DONE' ELSE 'FAILED' END AS state,
           a.at, concat(a.result, ' (' || a.reason || ')', ', by ' || a.source) AS detail, a.id
    FROM attempt AS a
    UNION ALL
    SELECT 2,
           CASE WHEN r.status = 'APPLIED' THEN 'DONE'
                WHEN r.status IN ('EXPIRED', 'REJECTED', 'REVOKED') THEN 'FAILED'
                ELSE 'PENDING' END,
           r.at,
           concat(r.status, CASE WHEN r.status = 'RESERVED' THEN
               ' until ' || to_char(r.reserved_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"') END),
           r.id
    FROM redemption AS r
    UNION ALL
    SELECT 3,
           CASE WHEN p.status IN ('FAILED', 'FAILED_CREDIT_PENDING_REVIEW', 'REFUNDED') THEN 'FAILED'
                WHEN p.status = 'CREDITED' AND r.status = 'APPLIED' THEN 'DONE'
                ELSE 'PENDING' END,
           p.at, concat(p.status, format(', %s stars off', p.off), ' ' || p.base_stars_amount), p.id
    FROM redemption AS r, purchase AS p
    UNION ALL
    -- A grant is settled when it is given.
    SELECT 3, 'DONE', r.at, 'a grant, with no purchase to settle', NULL
    FROM redemption AS r, code AS c
    WHERE c.promo_type = 'PREMIUM_GRANT' AND r.status = 'APPLIED' AND r.applied_purchase_id IS NULL
)
SELECT n.step, coalesce(s.state, 'WAITING'), s.at, coalesce(s.detail, 'nothing yet'), s.id
FROM (SELECT 1 AS position, 'attempt' AS step UNION ALL SELECT 2, 'redemption' UNION ALL SELECT 3, 'settlement') AS n
LEFT JOIN step AS s ON s.position = n.position
ORDER BY n.position
