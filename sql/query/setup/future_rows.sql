-- Rows dated more than a minute ahead of this server's clock, a minute being what clocks may differ.
SELECT f.view, f.n, to_char(f.latest::timestamptz, 'YYYY-MM-DD HH24:MI:SS"Z"')
FROM (
    SELECT 'attempts' AS view, count(*) AS n, max(a.attempted_at)::timestamptz AS latest
    FROM promo_guard.attempts AS a WHERE a.attempted_at > now() + '1 minute'::interval
    UNION ALL
    SELECT 'redemptions', count(*), max(r.created_at)::timestamptz
    FROM promo_guard.redemptions AS r WHERE r.created_at > now() + '1 minute'::interval
    UNION ALL
    SELECT 'purchases', count(*), max(p.created_at)::timestamptz
    FROM promo_guard.purchases AS p WHERE p.created_at > now() + '1 minute'::interval
) AS f
WHERE f.n > 0
