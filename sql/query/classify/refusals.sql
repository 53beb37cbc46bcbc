-- Why attempts on the codes of campaigns $1 were NOT_APPLICABLE, each from its $2 to its $3: users by the reason noted.
SELECT p.id, n.reason, n.users
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS p (id, since, until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT a.metadata ->> 'reason' AS reason, count(DISTINCT a.user_id) AS users
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
      AND a.result = 'NOT_APPLICABLE'
    GROUP BY 1
) AS n
