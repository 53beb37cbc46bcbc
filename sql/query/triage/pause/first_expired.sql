-- The first EXPIRED on the codes of campaigns $1, each from its $2 to $3, within the campaign's validity and for no other reason that the
-- application noted: then it was PAUSED. Before $4 (the campaign was fixed then) the validity was from $5 until $6; null = as it is.
SELECT p.id, e.expired
FROM unnest($1::bigint[], $2::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
     AS p (id, since, fixed_at, valid_from, valid_until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT coalesce(c.valid_from, '-infinity') AS now_from, coalesce(c.valid_until, 'infinity') AS now_until,
           coalesce(p.valid_from, c.valid_from, '-infinity') AS then_from, coalesce(p.valid_until, c.valid_until, 'infinity') AS then_until
) AS v
CROSS JOIN LATERAL (
    SELECT a.attempted_at::timestamptz AS expired
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.result = 'EXPIRED' AND a.attempted_at >= p.since AND a.attempted_at <= $3
      AND a.attempted_at >= least(v.now_from, v.then_from) AND a.attempted_at < greatest(v.now_until, v.then_until)
      AND CASE WHEN a.attempted_at < p.fixed_at THEN a.attempted_at >= v.then_from AND a.attempted_at < v.then_until
               ELSE a.attempted_at >= v.now_from AND a.attempted_at < v.now_until END
      AND a.metadata ->> 'reason' IS DISTINCT FROM 'DEPLETED'
    ORDER BY a.attempted_at
    LIMIT 1
) AS e
