-- The campaigns $1 as they became: id, limit, whether the code is the one of $2 in the same place (bytes, or their hex digits), whether
-- the status is $3, and whether nothing is used of it.
SELECT c.id::bigint, c.max_total_uses::bigint, coalesce(c.code_hash::text IN (n.hash, E'\\x' || n.hash), false),
       coalesce(c.status::text = $3, false), coalesce(c.used_total::bigint, 0) = 0
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::text[]) AS hash) AS n
JOIN promo_guard.campaigns AS c ON c.id = n.id
