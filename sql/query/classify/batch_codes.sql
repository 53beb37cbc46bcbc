-- Which codes of the batches $1 (names) were redeemed, each from its $2 to its $3.
SELECT DISTINCT p.place - 1, r.promo_code_id::bigint
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS p (name, since, until, place)
JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at <= p.until
JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id AND c.campaign_name = p.name
ORDER BY 1, 2
