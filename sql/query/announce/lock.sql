-- Announcement $1, locked: two withdrawals come one after the other.
SELECT a.campaign_id, a.campaign_name, a.starts_at, a.ends_at, a.note
FROM promo_guard.announcement AS a
WHERE a.id = $1
FOR NO KEY UPDATE
