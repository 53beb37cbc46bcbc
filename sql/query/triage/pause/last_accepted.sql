-- The last success on the codes of campaigns $1, each from its $2 to $3: then it was ACTIVE.
SELECT p.id, max(a.attempted_at)::timestamptz
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= $3
WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
  AND a.result = 'ACCEPTED'
GROUP BY p.id
