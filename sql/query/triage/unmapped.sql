-- The attempts from $1 to $2 with a result that no rule knows ($3 are known), by result, most first.
SELECT coalesce(rtrim(a.result::text), 'null'), count(*)
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2 AND (a.result IS NULL OR rtrim(a.result::text) <> ALL ($3))
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 20
