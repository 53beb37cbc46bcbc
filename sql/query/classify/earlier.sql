-- A campaign's own earlier rates: what its code saw from $2 to just before $3 (one of each a campaign of $1).
SELECT p.id, e.accepted, e.not_applicable, e.audience, e.first
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS p (id, since, until)
JOIN promo_guard.campaigns AS c ON c.id = p.id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a.result = 'ACCEPTED') AS accepted,
           count(*) FILTER (WHERE a.result = 'NOT_APPLICABLE') AS not_applicable,
           count(*) FILTER (WHERE a.result = 'NOT_APPLICABLE'
                              AND a.metadata ->> 'reason' IN ('NEW_USERS_ONLY', 'FIRST_PURCHASE_ONLY')) AS audience,
           min(a.attempted_at)::timestamptz AS first
    FROM promo_guard.attempts AS a
    WHERE a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at < p.until
) AS e
