-- What was bought with the code of campaign $1 from $3 to $4: purchases of the product $2, and all.
SELECT count(*) FILTER (WHERE p.product_code::text = $2), count(*)
FROM promo_guard.purchases AS p
WHERE p.applied_promo_code_id = $1 AND p.created_at >= $3 AND p.created_at <= $4
