-- How often the code of campaign $1 is asked for by hour of the day (UTC), between $2 and $3; and since when.
SELECT extract(hour FROM a.attempted_at::timestamptz AT TIME ZONE 'UTC')::bigint, count(*), min(a.attempted_at)::timestamptz
FROM promo_guard.attempts AS a
WHERE a.code_hash = ANY (ARRAY(SELECT c.code_hash FROM promo_guard.campaigns AS c WHERE c.id = $1))
  AND a.attempted_at > $2 AND a.attempted_at <= $3
GROUP BY 1
