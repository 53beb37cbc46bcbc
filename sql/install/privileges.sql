-- Last of all: everything of ours is closed to every role but the owner. PUBLIC may execute any new function, and
-- ALTER DEFAULT PRIVILEGES may have given any other role anything. Roles get what they need from grant_reader() and
-- grant_operator(), the owner of the application's tables from bind().
DO $closed$
DECLARE
    revoke text;
BEGIN
    FOR revoke IN
        SELECT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.what,
                                 CASE WHEN g.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                                      ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)::pg_catalog.text) END)
        FROM (
            SELECT 'SCHEMA promo_guard' AS what, n.nspowner AS owner,
                   coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS acl
            FROM pg_catalog.pg_namespace AS n
            WHERE n.nspname OPERATOR(pg_catalog.=) 'promo_guard'
            UNION ALL
            SELECT pg_catalog.format('FUNCTION %s', p.oid::pg_catalog.regprocedure), p.proowner,
                   coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
            FROM pg_catalog.pg_proc AS p
            WHERE p.pronamespace OPERATOR(pg_catalog.=) 'promo_guard'::pg_catalog.regnamespace
            UNION ALL
            SELECT pg_catalog.format('%s %s', CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                                     c.oid::pg_catalog.regclass), c.relowner, c.relacl
            FROM pg_catalog.pg_class AS c
            WHERE c.relnamespace OPERATOR(pg_catalog.=) 'promo_guard'::pg_catalog.regnamespace
              AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'v', 'S']::"char"[])
        ) AS o
        CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS g
        WHERE g.grantee OPERATOR(pg_catalog.<>) o.owner
        GROUP BY o.what, g.grantee
    LOOP
        EXECUTE revoke;
    END LOOP;
END
$closed$;
