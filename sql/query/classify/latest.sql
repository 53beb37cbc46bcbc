-- When the $3 latest attempts on any code were made, up to $1 and not before $2, newest first.
SELECT a.attempted_at::timestamptz
FROM promo_guard.attempts AS a
WHERE a.attempted_at <= $1 AND a.attempted_at >= $2
ORDER BY a.attempted_at DESC
LIMIT $3
