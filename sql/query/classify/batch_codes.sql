-- Which codes of the batches $1 (names) were redeemed, each from its $2 to its $3.
SELECT DISTINCT p.place - 1, r.promo_code_id::bigint
FROM (
    SELECT generate_subscripts($1::text[], 1)::bigint AS place, unnest($1::text[]) AS name, unnest($2::timestamptz[]) AS since,
           unnest($3::timestamptz[]) AS until
) AS p
JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at <= p.until
JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id AND c.campaign_name = p.name
ORDER BY 1, 2
