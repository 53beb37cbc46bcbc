-- What the scopes $1 cover, by the latest $4 purchases with a code since $2 and up to $3 (as_of): each product, the smallest and the
-- largest of the campaigns that it was bought with, and whether there were more purchases than that.
WITH latest AS (
    SELECT p.applied_promo_code_id, p.product_code
    FROM promo_guard.purchases AS p
    WHERE p.created_at >= $2 AND p.created_at <= $3 AND p.applied_promo_code_id IS NOT NULL AND p.product_code IS NOT NULL
    ORDER BY p.created_at DESC
    LIMIT $4
)
SELECT c.target_scope::text, l.product_code::text, min(c.id)::bigint, max(c.id)::bigint, (SELECT count(*) >= $4 FROM latest)
FROM latest AS l
JOIN promo_guard.campaigns AS c ON c.id = l.applied_promo_code_id
WHERE c.target_scope::text = ANY ($1)
GROUP BY 1, 2
