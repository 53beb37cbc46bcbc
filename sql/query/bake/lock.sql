-- Takes bake $1 while there is something to do about it; no row where another tick has it, or did it.
SELECT b.state
FROM promo_guard.bake AS b
WHERE b.id = $1 AND (b.state = 'RUNNING' OR b.repause_due)
FOR UPDATE SKIP LOCKED
