-- Rows dated after $1, which is ahead of this server's clock by what clocks may differ.
SELECT f.view, f.n, to_char(f.latest::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')
FROM (
    SELECT 'attempts' AS view, count(*) AS n, max(a.attempted_at)::timestamptz AS latest
    FROM promo_guard.attempts AS a WHERE a.attempted_at > $1
    UNION ALL
    SELECT 'redemptions', count(*), max(r.created_at)::timestamptz
    FROM promo_guard.redemptions AS r WHERE r.created_at > $1
    UNION ALL
    SELECT 'purchases', count(*), max(p.created_at)::timestamptz
    FROM promo_guard.purchases AS p WHERE p.created_at > $1
) AS f
WHERE f.n > 0
