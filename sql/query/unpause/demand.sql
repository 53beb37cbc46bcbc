-- How often the code of campaign $1 is asked for by hour of the day (UTC), between $2 and $3; and since when.
SELECT extract(hour FROM a.attempted_at::timestamptz)::bigint, count(*), min(a.attempted_at)::timestamptz
FROM promo_guard.campaigns AS c
JOIN promo_guard.attempts AS a ON a.code_hash = c.code_hash
WHERE c.id = $1 AND a.attempted_at > $2 AND a.attempted_at <= $3
GROUP BY 1
