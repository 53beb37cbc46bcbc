-- By the minute, from $1 to $2: attempts that were accepted, and those with the results in $3.
SELECT date_bin('1 minute', a.attempted_at::timestamptz, '2000-01-01Z'),
       count(*) FILTER (WHERE a.result::text = 'ACCEPTED'),
       count(*) FILTER (WHERE a.result::text = ANY ($3))
FROM promo_guard.attempts AS a
WHERE a.attempted_at >= $1 AND a.attempted_at <= $2
GROUP BY 1
