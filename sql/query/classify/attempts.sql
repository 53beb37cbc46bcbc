-- The attempts on the codes of campaigns $1, each from its $2 to its $3, in order of campaign and time; of more than $4 the
-- latest. `:client` is the client as a number, or null where the application has none.
SELECT t.place - 1, t.user_id, t.result, t.reason, t.attempted_at, t.client
FROM (
    SELECT p.place, :user(a)::bigint AS user_id, a.result::text AS result, a.metadata ->> 'reason' AS reason,
           a.attempted_at::timestamptz AS attempted_at, :client AS client,
           row_number() OVER (PARTITION BY p.place ORDER BY a.attempted_at DESC) AS nth
    :attempts_of_spans
) AS t
WHERE t.nth <= $4
ORDER BY t.place, t.attempted_at
