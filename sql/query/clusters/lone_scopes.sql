-- Of the scopes $1 those that one campaign alone has; with a handful of campaigns a scope of its own is nothing odd.
SELECT c.target_scope::text
FROM promo_guard.campaigns AS c
WHERE c.target_scope::text = ANY ($1) AND (SELECT count(*) FROM promo_guard.campaigns) >= 5
GROUP BY 1
HAVING count(*) = 1
