-- Every grant on objects of ours to role $1: the statement that takes it back, and the grantor who has to run it. Those on which another
-- grant depends come with CASCADE. $2: functions, $3: relations that stay, of the application's owner.
SELECT format('REVOKE ALL%s ON %s FROM %s CASCADE', CASE WHEN o.attribute IS NULL THEN '' ELSE format(' (%I)', o.attribute) END, o.what, $1::regrole), g.grantor
FROM (
    SELECT format('FUNCTION %s', p.oid::regprocedure) AS what, p.proname::text AS name, NULL::text AS attribute, p.proowner AS owner, p.proacl AS acl
    FROM pg_proc AS p
    WHERE p.pronamespace = 'promo_guard'::regnamespace AND NOT p.proname = ANY ($2)
    UNION ALL
    SELECT format('%s promo_guard.%I', CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname), c.relname, NULL, c.relowner, c.relacl
    FROM pg_class AS c
    WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S') AND NOT c.relname = ANY ($3)
    UNION ALL
    SELECT format('TABLE promo_guard.%I', c.relname), c.relname, a.attname, c.relowner, a.attacl
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
    WHERE c.relnamespace = 'promo_guard'::regnamespace AND NOT c.relname = ANY ($3)
    UNION ALL
    SELECT 'SCHEMA promo_guard', NULL, NULL, n.nspowner, n.nspacl
    FROM pg_namespace AS n
    WHERE n.nspname = 'promo_guard' AND cardinality($3) = 0
) AS o
CROSS JOIN LATERAL aclexplode(o.acl) AS g
WHERE g.grantee = $1 AND g.grantee <> o.owner
GROUP BY o.what, o.attribute, g.grantor
