-- Which of $1 are products that were sold since $2 and up to $3, with or without a code.
SELECT DISTINCT p.product_code::text
FROM promo_guard.purchases AS p
WHERE p.product_code::text = ANY ($1) AND p.created_at >= $2 AND p.created_at <= $3
