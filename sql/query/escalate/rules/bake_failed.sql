-- Campaigns whose last bake up to $2 failed after $1, and what it said.
SELECT b.campaign_id, b.decided_at, b.detail, b.repaused_at
FROM (
    SELECT DISTINCT ON (k.campaign_id) k.campaign_id, k.state, k.decided_at, k.detail, k.repaused_at
    FROM promo_guard.bake AS k
    WHERE k.since <= $2
    ORDER BY k.campaign_id, k.id DESC
) AS b
WHERE b.state = 'FAILED' AND b.decided_at > $1 AND b.decided_at <= $2
ORDER BY b.campaign_id
