-- The campaign that replaced campaign $1.
SELECT r.new_campaign_id FROM promo_guard.rotation AS r WHERE r.old_campaign_id = $1 ORDER BY r.new_campaign_id DESC LIMIT 1
