-- Records an announcement: $1 campaign, $2 name of a batch (one of them null), $3 from, $4 until, $5 note.
INSERT INTO promo_guard.announcement (campaign_id, campaign_name, starts_at, ends_at, note, announced_at, announced_by)
VALUES ($1, $2, $3, $4, $5, clock_timestamp(), session_user)
RETURNING id
