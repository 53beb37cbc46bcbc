-- The campaigns that were recorded as PAUSED at any time.
SELECT DISTINCT h.campaign_id FROM promo_guard.status_history AS h WHERE h.to_status = 'PAUSED'
