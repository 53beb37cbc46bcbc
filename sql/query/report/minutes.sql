-- By the minute, from $1 to $2 each, times that are apart: attempts that were accepted, and those with the results in $3.
SELECT date_bin('1 minute', a.attempted_at::timestamptz, '2000-01-01Z'), count(*) FILTER (WHERE a.result::text = 'ACCEPTED'),
       count(*) FILTER (WHERE a.result::text = ANY ($3))
FROM unnest($1::timestamptz[], $2::timestamptz[]) AS s (since, until)
JOIN promo_guard.attempts AS a ON a.attempted_at >= s.since AND a.attempted_at <= s.until
GROUP BY 1
