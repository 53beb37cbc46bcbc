-- For each view of $1: whether it exists, as whom the application is read (the owner of the first table that the view
-- campaigns reads), whether that role may read the view, and whether the view shows keys;
-- and the policy nobody_user_ids, where it is not the default. The campaigns' row comes first.
WITH owner AS (
    SELECT t.relowner, r.rolname
    FROM pg_class AS v
    JOIN pg_rewrite AS w ON w.ev_class = v.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS t ON t.oid = d.refobjid AND t.oid <> v.oid
    JOIN pg_roles AS r ON r.oid = t.relowner
    WHERE v.relnamespace = 'promo_guard'::regnamespace AND v.relname = 'campaigns' AND v.relkind = 'v'
    ORDER BY t.oid
    LIMIT 1
)
SELECT n.view,
       v.oid IS NOT NULL,
       o.relowner,
       o.rolname::text,
       coalesce(has_schema_privilege(o.relowner, v.relnamespace, 'USAGE') AND has_table_privilege(o.relowner, v.oid, 'SELECT'), false),
       EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = v.oid AND a.attname = 'key' AND NOT a.attisdropped),
       (SELECT p.value FROM promo_guard.policy_override AS p WHERE p.name = 'nobody_user_ids')
FROM (SELECT 'campaigns' AS view UNION SELECT unnest($1)) AS n
LEFT JOIN pg_class AS v
    ON v.relnamespace = 'promo_guard'::regnamespace AND v.relname = n.view AND v.relkind IN ('v', 'm', 'r', 'p', 'f')
LEFT JOIN owner AS o ON true
ORDER BY n.view <> 'campaigns', n.view
