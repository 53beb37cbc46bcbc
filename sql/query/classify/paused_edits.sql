-- The last edits of paused campaigns from $1 to $2, in order of time.
SELECT c.updated_at::timestamptz
FROM promo_guard.campaigns AS c
WHERE c.status = 'PAUSED' AND c.updated_at >= $1 AND c.updated_at <= $2
ORDER BY 1
