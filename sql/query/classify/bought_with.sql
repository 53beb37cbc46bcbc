-- What was bought since $2 and up to $3 (as_of) with the codes of campaigns $1.
SELECT w.id, p.product_code::text, count(*)
FROM unnest($1::bigint[]) AS w (id)
JOIN promo_guard.purchases AS p ON p.applied_promo_code_id = w.id
WHERE p.created_at >= $2 AND p.created_at <= $3 AND p.product_code IS NOT NULL
GROUP BY 1, 2
