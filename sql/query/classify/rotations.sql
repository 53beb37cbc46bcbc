-- Of campaigns $1 up to $2: which were made as a successor, and which have one.
SELECT r.old_campaign_id, r.new_campaign_id
FROM promo_guard.rotation AS r
WHERE (r.old_campaign_id = ANY ($1) OR r.new_campaign_id = ANY ($1)) AND r.at <= $2
