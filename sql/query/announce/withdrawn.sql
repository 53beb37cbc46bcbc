-- When and by whom announcement $1 was withdrawn.
SELECT w.withdrawn_at, w.withdrawn_by::text
FROM promo_guard.announcement_withdrawal AS w
WHERE w.announcement_id = $1
