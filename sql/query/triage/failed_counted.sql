-- failed_attempts where it was counted already, all but when exactly: hashes $1 with result $2, attempts $3, users $4, accepted $5;
-- the first was from $6 to $7, the last from $8 to $9. $10 = how many rows. $11 and $12 the window, by which partitions are left out
-- before the statement runs.
SELECT f.code_hash::text, c.id::bigint, u.result, u.attempts, u.users, f.attempted_at::timestamptz, l.attempted_at::timestamptz, u.accepted
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
            $9::timestamptz[])
    AS u (hash, result, attempts, users, accepted, first_from, first_until, last_from, last_until)
CROSS JOIN LATERAL (
    SELECT a.code_hash, a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = @hash@ AND a.attempted_at >= u.first_from AND a.attempted_at <= u.first_until
      AND a.attempted_at >= $11 AND a.attempted_at <= $12 AND a.result::text = u.result
    ORDER BY a.attempted_at
    LIMIT 1
) AS f
CROSS JOIN LATERAL (
    SELECT a.attempted_at
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = @hash@ AND a.attempted_at >= u.last_from AND a.attempted_at <= u.last_until
      AND a.attempted_at >= $11 AND a.attempted_at <= $12 AND a.result::text = u.result
    ORDER BY a.attempted_at DESC
    LIMIT 1
) AS l
LEFT JOIN promo_guard.campaigns AS c ON c.code_hash = f.code_hash
ORDER BY u.attempts DESC, l.attempted_at DESC, f.code_hash, u.result
LIMIT $10
