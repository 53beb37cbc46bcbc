-- The reasons noted for NOT_APPLICABLE on the codes of campaigns $1, each from its $2 to its $3, in order of campaign, user and
-- time: one row an attempt, so that each can be put beside its attempt in the window.
SELECT p.place - 1, :user(a)::bigint, a.metadata ->> 'reason'
:attempts_of_spans
  AND a.result = 'NOT_APPLICABLE'
ORDER BY p.place, :user(a)::bigint NULLS FIRST, a.attempted_at
