-- The redemptions of the spans from $1 to $2, which do not overlap, with codes of the batches $3 (names), by code.
SELECT c.campaign_name::text, r.promo_code_id::bigint, r.created_at::timestamptz
FROM (SELECT unnest($1::timestamptz[]) AS since, unnest($2::timestamptz[]) AS until) AS p
JOIN promo_guard.redemptions AS r ON r.created_at >= p.since AND r.created_at <= p.until
JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id
WHERE c.campaign_name = ANY ($3)
ORDER BY 2
