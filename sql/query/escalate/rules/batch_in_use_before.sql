-- How many users took codes of the batches $1, and of their codes since when the first was valid, from $2 up to $3.
SELECT b.name, count(r.user_id), min(c.valid_from)::timestamptz
FROM (SELECT unnest($1::text[]) AS name) AS b
JOIN promo_guard.campaigns AS c ON c.campaign_name = b.name
LEFT JOIN promo_guard.redemptions AS r ON r.promo_code_id = c.id AND r.created_at > $2 AND r.created_at <= $3
GROUP BY b.name
