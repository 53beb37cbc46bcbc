-- Of the names $1: how many codes share each.
SELECT c.campaign_name::text, count(*)
FROM promo_guard.campaigns AS c
WHERE c.campaign_name = ANY ($1)
GROUP BY 1
