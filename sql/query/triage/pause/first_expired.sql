-- The first EXPIRED on the codes of campaigns $1, each from its $2 to its $3, within the campaign's validity and for no other reason that
-- the application noted: then it was PAUSED. Before $4 (the campaign was fixed then) the validity was from $5 until $6; null = as it
-- is. Read before they are joined, as in last_accepted.sql.
SELECT v.id, min(a.attempted_at)::timestamptz
FROM (
    SELECT p.id, p.since, p.until, p.fixed_at, c.code_hash,
           coalesce(c.valid_from, '-infinity') AS now_from, coalesce(c.valid_until, 'infinity') AS now_until,
           coalesce(p.valid_from, c.valid_from, '-infinity') AS then_from, coalesce(p.valid_until, c.valid_until, 'infinity') AS then_until
    FROM (
        SELECT unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since, unnest($3::timestamptz[]) AS until,
               unnest($4::timestamptz[]) AS fixed_at, unnest($5::timestamptz[]) AS valid_from,
               unnest($6::timestamptz[]) AS valid_until
    ) AS p
    JOIN promo_guard.campaigns AS c ON c.id = p.id
) AS v
JOIN (
    SELECT a.code_hash, a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
      AND a.result = 'EXPIRED' AND a.metadata ->> 'reason' IS DISTINCT FROM 'DEPLETED'
    OFFSET 0
) AS a ON a.code_hash = v.code_hash AND a.attempted_at >= v.since AND a.attempted_at <= v.until
WHERE a.attempted_at >= least(v.now_from, v.then_from) AND a.attempted_at < greatest(v.now_until, v.then_until)
  AND CASE WHEN a.attempted_at < v.fixed_at THEN a.attempted_at >= v.then_from AND a.attempted_at < v.then_until
           ELSE a.attempted_at >= v.now_from AND a.attempted_at < v.now_until END
GROUP BY v.id
