-- On the codes of campaigns $1, each from its $2 to its $3: users accepted, and users turned away by an audience flag, by the reason
-- noted, or where none is noted by having had no success.
SELECT u.place - 1, count(*) FILTER (WHERE u.accepted), count(*) FILTER (WHERE u.turned_away AND NOT u.accepted)
FROM (
    SELECT p.place, :user(a) AS user_id, bool_or(a.result = 'ACCEPTED') AS accepted,
           bool_or(a.result = 'NOT_APPLICABLE'
                   AND coalesce(a.metadata ->> 'reason', '') IN ('', 'NEW_USERS_ONLY', 'FIRST_PURCHASE_ONLY')) AS turned_away
    :attempts_of_spans
    GROUP BY 1, 2
) AS u
GROUP BY u.place
