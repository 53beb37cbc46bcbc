-- The batches of single-use codes that are ACTIVE of which codes were taken by $3 users or more after $1 and up to $2: the name, a
-- code of it, the users, and when the first and the last came.
SELECT c.campaign_name::text, min(c.id)::bigint, count(DISTINCT :user(r)), min(r.created_at)::timestamptz, max(r.created_at)::timestamptz
FROM promo_guard.redemptions AS r
JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id
WHERE r.created_at > $1 AND r.created_at <= $2 AND c.max_total_uses = 1 AND c.status = 'ACTIVE' AND c.campaign_name <> ''
GROUP BY c.campaign_name
HAVING count(DISTINCT :user(r)) >= $3
ORDER BY 1
