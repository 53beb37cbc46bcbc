-- Of the scopes $1: how many campaigns have each; and beside it how many campaigns there are.
SELECT c.target_scope::text, count(*), (SELECT count(*) FROM promo_guard.campaigns)
FROM promo_guard.campaigns AS c
WHERE c.target_scope::text = ANY ($1)
GROUP BY 1
