-- Of these campaigns ($1), those whose code had more failures of the kinds that the auto-pause rule counts ($4) than it
-- takes ($5), after $2 and up to $3 (one of each a campaign). Read before they are joined, as in last_accepted.sql.
SELECT p.id
FROM (
    SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until
) AS p
JOIN promo_guard.campaigns AS c ON c.id = p.id
JOIN (
    SELECT a.code_hash, a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
      AND a.result::text = ANY ($4)
    OFFSET 0
) AS a ON a.code_hash = c.code_hash AND a.attempted_at > p.since AND a.attempted_at <= p.until
GROUP BY p.id
HAVING count(*) > $5
