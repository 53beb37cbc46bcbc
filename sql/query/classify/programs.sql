-- Of the users of the codes of campaigns $1, each from its $2 to its $3, the latest 300 attempts: users who came through programs,
-- and all.
SELECT t.place - 1, count(DISTINCT t.user_id) FILTER (WHERE t.api), count(DISTINCT t.user_id)
FROM (
    SELECT p.place, :user(a) AS user_id, a.source = 'API' AS api,
           row_number() OVER (PARTITION BY p.place ORDER BY a.attempted_at DESC) AS nth
    :attempts_of_spans
      AND a.source IS NOT NULL
) AS t
WHERE t.nth <= 300
GROUP BY t.place
