-- Withdraws announcement $1, for reason $2.
INSERT INTO promo_guard.announcement_withdrawal (announcement_id, withdrawn_at, withdrawn_by, reason)
VALUES ($1, clock_timestamp(), session_user, $2)
RETURNING withdrawn_at
