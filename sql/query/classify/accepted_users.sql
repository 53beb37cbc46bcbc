-- Users accepted by the codes of campaigns $1, each from its $2 to its $3, in order.
SELECT DISTINCT p.place - 1, :user(a)::bigint
:attempts_of_spans
  AND a.result = 'ACCEPTED' AND :user(a) IS NOT NULL
ORDER BY 1, 2
