-- Since when, up to $2, the status history has been attached without a break; null where its trigger ($1) is not there or is disabled.
SELECT CASE WHEN l.action = 'attach_history' THEN l.at END
FROM promo_guard.action_log AS l
WHERE l.action IN ('attach_history', 'detach_history') AND l.decision = 'DONE' AND l.at <= $2
  AND EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgname = $1 AND t.tgenabled IN ('O', 'A'))
ORDER BY l.id DESC
LIMIT 1
