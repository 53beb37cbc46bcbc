-- The campaigns $1 as they became: id, status, limit, and whether the code is the one of $2 in the same place.
SELECT c.id::bigint, c.status::text, c.max_total_uses::bigint, coalesce(c.code_hash::text = n.hash, false)
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS hash) AS n
JOIN promo_guard.campaigns AS c ON c.id = n.id
