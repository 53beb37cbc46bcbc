-- What the scopes $1 cover, by what was bought since $2 and up to $3 (as_of): each product, and the smallest and the largest of the
-- campaigns that it was bought with.
SELECT c.target_scope::text, p.product_code::text, min(c.id)::bigint, max(c.id)::bigint
FROM promo_guard.campaigns AS c
JOIN promo_guard.purchases AS p ON p.applied_promo_code_id = c.id
WHERE c.target_scope::text = ANY ($1) AND p.created_at >= $2 AND p.created_at <= $3 AND p.product_code IS NOT NULL
GROUP BY 1, 2
