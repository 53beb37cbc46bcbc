-- Since when campaigns ($1) have been active, as far as that is recorded up to $2. A baseline without a status before does not tell.
SELECT h.campaign_id, max(h.at)
FROM promo_guard.status_history AS h
WHERE h.campaign_id = ANY ($1) AND h.at <= $2 AND (h.kind = 'change' OR h.from_status IS NOT NULL)
GROUP BY h.campaign_id
