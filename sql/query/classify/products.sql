-- What was bought since $2 and up to $3 (as_of) with the codes of the campaigns whose scope is one of $1.
SELECT c.id::bigint, c.target_scope::text, p.product_code::text, count(*)
FROM promo_guard.campaigns AS c
JOIN promo_guard.purchases AS p ON p.applied_promo_code_id = c.id
WHERE c.target_scope::text = ANY ($1) AND p.created_at >= $2 AND p.created_at <= $3 AND p.product_code IS NOT NULL
GROUP BY 1, 2, 3
