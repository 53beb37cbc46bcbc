-- Campaigns that have one of the codes $1 (as hex digits, or as bytes), or one of the ids $2 already; those of a code first.
SELECT c.id::bigint, n.hash IS NOT NULL AS by_hash
FROM promo_guard.campaigns AS c
LEFT JOIN (
    SELECT unnest($1::text[])
    UNION ALL
    SELECT E'\\x' || h FROM unnest($1::text[]) AS h
) AS n (hash) ON n.hash = c.code_hash::text
WHERE n.hash IS NOT NULL OR c.id = ANY ($2)
ORDER BY by_hash DESC, c.id
