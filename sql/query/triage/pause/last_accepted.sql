-- The last success on the codes of campaigns $1, each from its $2 to its $3: then it was ACTIVE. The attempts are read before they are
-- joined: the planner would take two conditions on one hash for two reasons to expect few rows.
SELECT p.id, max(a.attempted_at)::timestamptz
FROM (SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN (
    SELECT a.code_hash, a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
      AND a.result = 'ACCEPTED'
    OFFSET 0
) AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
GROUP BY p.id
