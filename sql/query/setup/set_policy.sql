-- Stores an override: $1 name, $2 value, $3 reason.
INSERT INTO promo_guard.policy_override (name, value, reason, changed_at, changed_by)
VALUES ($1, $2, $3, clock_timestamp(), session_user)
ON CONFLICT (name) DO UPDATE
    SET value = excluded.value, reason = excluded.reason, changed_at = excluded.changed_at, changed_by = excluded.changed_by
