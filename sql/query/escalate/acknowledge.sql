-- Acknowledges an escalation: $1 rule, $2 campaign, $3 note.
INSERT INTO promo_guard.acknowledgement (rule, campaign_id, at, acknowledged_by, note)
VALUES ($1, $2, clock_timestamp(), session_user, $3)
RETURNING rule, campaign_id, at, acknowledged_by::text, note
