-- The attempts (a) on the codes of campaigns $1, each from its $2 to its $3, with the place (p) of the campaign in $1.
FROM (
    SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
           unnest($3::timestamptz[]) AS until
) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
