-- Numbers of keys that several campaigns share, and some of their keys.
SELECT c.id::bigint, (array_agg(c.key::text ORDER BY c.key::text))[1:5]
FROM promo_guard.campaigns AS c
GROUP BY c.id
HAVING count(*) > 1
ORDER BY c.id
LIMIT 5
