-- Attempts by result from $1 to $2.
SELECT coalesce(rtrim(a.result::text), 'null'), count(*)
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
GROUP BY 1
