-- Roles that were granted UPDATE on column $2 of table $1, as a whole or on that column, the owner apart; and the columns
-- that each would be granted again once the status is taken away from it.
SELECT w.role,
       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
FROM (
    SELECT DISTINCT g.grantee, coalesce(r.rolname::text, 'PUBLIC') AS role
    FROM pg_class AS c
    JOIN pg_attribute AS s ON s.attrelid = c.oid AND s.attname = $2
    CROSS JOIN LATERAL (
        SELECT x.grantee, x.privilege_type FROM aclexplode(c.relacl) AS x
        UNION ALL
        SELECT x.grantee, x.privilege_type FROM aclexplode(s.attacl) AS x
    ) AS g
    LEFT JOIN pg_roles AS r ON r.oid = g.grantee
    WHERE c.oid = $1 AND g.privilege_type = 'UPDATE' AND g.grantee <> c.relowner
) AS w
LEFT JOIN pg_attribute AS a
    ON a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> $2
    AND has_column_privilege(CASE WHEN w.grantee = 0 THEN 'public' ELSE w.role END, $1, a.attnum, 'UPDATE')
GROUP BY w.role
ORDER BY w.role
