-- Of the latest 300 redemptions of campaigns $1 before $2 (one of each a campaign), those of users who had bought before.
SELECT p.place - 1, count(*)
FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS p (id, since, place)
CROSS JOIN LATERAL (
    SELECT :user(r) AS user_id, r.created_at
    FROM promo_guard.redemptions AS r
    WHERE r.promo_code_id = p.id AND r.created_at < p.since
    ORDER BY r.created_at DESC
    LIMIT 300
) AS r
WHERE EXISTS (
    SELECT FROM promo_guard.purchases AS b
    WHERE b.user_id = r.user_id AND b.created_at < r.created_at)
GROUP BY p.place
