-- On the codes of campaigns $1, each from its $2 to its $3: users accepted, and users turned away by an audience flag, by the reason
-- noted, or where none is noted by having had no success.
SELECT u.place - 1, count(*) FILTER (WHERE u.accepted), count(*) FILTER (WHERE u.turned_away AND NOT u.accepted)
FROM (
    SELECT p.place, :user(a) AS user_id, bool_or(a.result = 'ACCEPTED') AS accepted,
           bool_or(a.result = 'NOT_APPLICABLE'
                   AND coalesce(a.metadata ->> 'reason', '') IN ('', 'NEW_USERS_ONLY', 'FIRST_PURCHASE_ONLY')) AS turned_away
    FROM (
        SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since,
               unnest($3::timestamptz[]) AS until
    ) AS p
    JOIN promo_guard.campaigns AS c ON c.id = p.id
    JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash AND a.attempted_at >= p.since AND a.attempted_at <= p.until
    WHERE a.code_hash = ANY (ARRAY(SELECT k.code_hash FROM promo_guard.campaigns AS k WHERE k.id = ANY ($1))) AND :within(a)
    GROUP BY 1, 2
) AS u
GROUP BY u.place
