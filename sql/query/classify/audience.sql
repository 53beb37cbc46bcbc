-- The day before $2 on the codes of campaigns $1 (one of each a campaign): users accepted, and users turned away by an audience flag,
-- by the reason noted, or where none is noted by having had no success.
SELECT u.place - 1, count(*) FILTER (WHERE u.accepted), count(*) FILTER (WHERE u.turned_away AND NOT u.accepted)
FROM (
    SELECT p.place, :user(a) AS user_id, bool_or(a.result = 'ACCEPTED') AS accepted,
           bool_or(a.result = 'NOT_APPLICABLE'
                   AND coalesce(a.metadata ->> 'reason', '') IN ('', 'NEW_USERS_ONLY', 'FIRST_PURCHASE_ONLY')) AS turned_away
    FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
    JOIN promo_guard.campaigns AS c ON c.id = p.id
    JOIN promo_guard.attempts AS a
      ON a.code_hash = c.code_hash AND a.attempted_at >= p.since - interval '1 day' AND a.attempted_at < p.since
    GROUP BY 1, 2
) AS u
GROUP BY u.place
