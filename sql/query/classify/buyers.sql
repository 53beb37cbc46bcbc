-- Of the latest 300 redemptions of campaigns $1 before $2 (one of each a campaign), those of users who had bought before.
WITH latest AS MATERIALIZED (
    SELECT t.place, t.user_id, t.created_at
    FROM (
        SELECT p.place, :user(r) AS user_id, r.created_at,
               row_number() OVER (PARTITION BY p.place ORDER BY r.created_at DESC) AS nth
        FROM (
            SELECT generate_subscripts($1::bigint[], 1)::bigint AS place, unnest($1::bigint[]) AS id, unnest($2::timestamptz[]) AS since
        ) AS p
        JOIN promo_guard.redemptions AS r ON r.promo_code_id = p.id AND r.created_at < p.since
        WHERE r.promo_code_id = ANY ($1)
    ) AS t
    WHERE t.nth <= 300
),
bought AS MATERIALIZED (
    SELECT b.user_id, min(b.created_at) AS first
    FROM promo_guard.purchases AS b
    WHERE b.user_id = ANY (ARRAY(SELECT l.user_id FROM latest AS l))
    GROUP BY b.user_id
)
SELECT l.place - 1, count(*)
FROM latest AS l
JOIN bought AS b ON b.user_id = l.user_id AND b.first < l.created_at
GROUP BY l.place
