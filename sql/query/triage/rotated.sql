-- Those of campaigns $1 whose code rotate() has replaced.
SELECT r.old_campaign_id FROM promo_guard.rotation AS r WHERE r.old_campaign_id = ANY ($1)
