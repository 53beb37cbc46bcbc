-- By the minute in a window ($1, $2): attempts that were accepted, and those with the results in $3.
SELECT date_trunc('minute', a.attempted_at::timestamptz), count(*) FILTER (WHERE a.result::text = 'ACCEPTED'),
       count(*) FILTER (WHERE a.result::text = ANY ($3))
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
GROUP BY 1
