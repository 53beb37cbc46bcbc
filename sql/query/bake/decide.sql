-- The verdict of bake $1: $2 state, $3 detail, $4 attempts, $5 failures, $6 users, $7 failing users, $8 applied, $9 whether the
-- campaign is to be paused again.
UPDATE promo_guard.bake
SET state = $2, detail = $3, attempts = $4, failures = $5, users = $6, failing_users = $7, applied = $8, repause_due = $9,
    decided_at = clock_timestamp()
WHERE id = $1
