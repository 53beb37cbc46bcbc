-- Since when campaigns ($1) have been active, as far as that is recorded up to $2.
SELECT h.campaign_id, max(h.at)
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2
GROUP BY h.campaign_id
