-- Promotions announced up to $3 (as_of) for campaigns $1 or for batches of the names $2, and not withdrawn by then, in order of time.
SELECT a.campaign_id, a.campaign_name, a.starts_at, a.ends_at, a.announced_by::text, a.note
FROM promo_guard.announcement AS a
LEFT JOIN promo_guard.announcement_withdrawal AS w ON w.announcement_id = a.id AND w.withdrawn_at <= $3
WHERE (a.campaign_id = ANY ($1) OR a.campaign_name = ANY ($2)) AND a.announced_at <= $3 AND w.announcement_id IS NULL
ORDER BY a.starts_at, a.id
