-- A new incident: $1 title, $2 trigger, $3 start, $4 detected, $5 declared.
INSERT INTO promo_guard.incident (title, trigger, started_at, detected_at, declared_at, declared_by)
VALUES ($1, $2, $3, $4, $5, session_user)
RETURNING id
