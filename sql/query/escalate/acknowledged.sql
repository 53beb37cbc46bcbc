-- The last acknowledgement of each escalation up to $1.
SELECT DISTINCT ON (a.rule, a.campaign_id) a.rule, a.campaign_id, a.at, a.acknowledged_by::text
FROM promo_guard.acknowledgement AS a
WHERE a.at <= $1
ORDER BY a.rule, a.campaign_id, a.id DESC
